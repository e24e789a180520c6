"""Levels, distributors, stores, customers and their bindings as lists."""

from apps.distributors.admin import (
    bindings,
    customers,
    duplicates,
    levels,
    moves,
    people,
    stores,
)

__all__ = ["bindings", "customers", "duplicates", "levels", "moves", "people", "stores"]
