"""Names that payments and refunds have at the providers."""

import secrets

from django.utils import timezone


def new_number(kind: str) -> str:
    """A name of 25 characters that nobody else uses: `kind`, the day, 64 random bits."""
    return f"{kind}{timezone.localdate():%Y%m%d}{secrets.token_hex(8).upper()}"[:32]
