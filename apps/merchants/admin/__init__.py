"""Merchants, staff and agreements as lists."""

from apps.merchants.admin import agreements, merchants

__all__ = ["agreements", "merchants"]
