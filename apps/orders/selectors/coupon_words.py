"""A coupon's terms in the reader's language."""

from django.utils.translation import gettext as _

from apps.core.templatetags.money_display import money_text, rate
from apps.orders.models import Coupon


def offer_words(coupon: Coupon) -> str:
    """What it takes off, from what on, e.g. “¥20.00 off from ¥200.00”. `merchant` is loaded."""
    currency = coupon.merchant.currency
    if coupon.kind == Coupon.Kind.AMOUNT:
        words = _("%(amount)s off") % {"amount": money_text(coupon.amount, currency)}
    elif coupon.cap is None:
        words = _("%(percent)s off") % {"percent": rate(coupon.percent)}
    else:
        words = _("%(percent)s off, at most %(cap)s") % {
            "percent": rate(coupon.percent),
            "cap": money_text(coupon.cap, currency),
        }
    if not coupon.minimum:
        return words
    return _("%(offer)s from %(minimum)s") % {
        "offer": words,
        "minimum": money_text(coupon.minimum, currency),
    }
