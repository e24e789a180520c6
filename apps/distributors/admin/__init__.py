"""Levels, distributors, stores and customers as lists."""

from apps.distributors.admin import (  # noqa: F401 - registers
    customers,
    duplicates,
    levels,
    moves,
    people,
    stores,
)
