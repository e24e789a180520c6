"""Figures of one order, as its pages show them."""

from decimal import Decimal

from apps.orders.models import Order


def order_total(order: Order) -> Decimal:
    """What the customer pays for the order, shipping included, in major units.

    Uses `order.lines` as prefetched, if they are.
    """
    return sum((line.paid_amount for line in order.lines.all()), order.shipping_amount)
