"""Merchants, staff and agreements as lists."""

from apps.merchants.admin import agreements, merchants  # noqa: F401 - registers
