"""Violations as a merchant's staff note them."""

from django.utils import timezone

from apps.price_control.models import Violation
from apps.price_control.services import record_violation


def note_violation(distributor, key="a", **values) -> Violation:
    """Sold too cheap, a moment ago."""
    return record_violation(
        **{
            "distributor": distributor,
            "kind": "low_price",
            "description": "Sold at ¥59 instead of ¥88.",
            "links": "https://shop.example/1",
            "happened_at": timezone.now(),
            "actor": None,
            "request_key": key,
        }
        | values
    )
