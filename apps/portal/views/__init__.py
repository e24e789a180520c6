"""Thin pages by subject: selling, money, account."""
