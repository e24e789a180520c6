"""Levels, distributors, stores, customers and their bindings as lists."""

from apps.distributors.admin import (  # noqa: F401 - registers
    bindings,
    customers,
    duplicates,
    levels,
    moves,
    people,
    stores,
)
