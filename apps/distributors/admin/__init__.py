"""Levels, distributors, stores and customers as lists."""

from apps.distributors.admin import customers, levels, moves, people, stores  # noqa: F401 - registers
