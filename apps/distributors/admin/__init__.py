"""Levels, distributors, stores and customers as lists."""

from apps.distributors.admin import customers, levels, people, stores  # noqa: F401 - registers
