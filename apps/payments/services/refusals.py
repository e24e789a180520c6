"""Why a step of a payment is refused."""

from apps.core.errors import Refused


class PaymentRefused(Refused):
    """The step does not fit the payment's or the order's present state; nothing was changed."""
