"""Why an order is not placed, or a coupon not made; the message says what to change."""

from apps.core.errors import Refused


class OrderRefused(Refused):
    """An order was not placed; the message tells the customer what to change."""


class CouponRefused(OrderRefused):
    """A coupon cannot be used here, or not be made so; nothing was written."""
