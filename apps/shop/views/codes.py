"""The code a customer types at checkout: a coupon, or somebody's invite code."""

from dataclasses import dataclass

from django.http import HttpRequest

from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.orders.models import Coupon
from apps.promotion.services.checkout import UnknownCode, preview_code
from apps.shop.access import guard
from apps.shop.forms import CheckoutForm


@dataclass(frozen=True)
class TypedCode:
    """What stands in the field: a coupon, an invite code, nothing, or a problem in words.

    `unknown` is a code that is nobody's; sent back with the page, it is not tried once more.
    """

    coupon: Coupon | None = None
    is_invite: bool = False
    problem: str = ""
    unknown: str = ""


def read_code(request: HttpRequest, shop: Distributor, form: CheckoutForm) -> TypedCode:
    """What the typed code stands for. Raises TooMany for somebody who guesses."""
    text = str(form["code"].value() or "").strip()
    if not text or (form.is_bound and "code" in form.errors):
        return TypedCode()
    unknown = request.POST.get("unknown_code", "")
    if text == unknown:
        return TypedCode(problem=str(UnknownCode()), unknown=text)
    guard(request, "invite_code", count=False)
    try:
        coupon = preview_code(shop=shop, code=text)
    except UnknownCode as refusal:
        guard(request, "invite_code")
        return TypedCode(problem=str(refusal), unknown=text)
    except Refused as refusal:
        return TypedCode(problem=str(refusal))
    return TypedCode(coupon=coupon, is_invite=coupon is None)
