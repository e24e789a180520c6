"""What the frame around every console page shows: whose data this is, and what else there is."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.merchants.selectors import merchants_of_staff


def current_merchant_name(request: HttpRequest) -> str:
    """The merchant whose walls this page stands in; a platform owner may stand outside of all."""
    merchant = getattr(request, "merchant", None)
    return merchant.name if merchant else _("All merchants")


def merchant_choices(request: HttpRequest) -> list[dict[str, Any]]:
    """The merchants this person may switch to, as unfold's drop-down wants them; none if only one.

    The template turns each into a button of a form: switching is a POST.
    """
    if not request.user.is_authenticated:
        return []
    merchants = list(merchants_of_staff(request.user))
    if len(merchants) < 2 and not request.user.is_superuser:
        return []
    choices: list[dict[str, Any]] = [
        {"title": each.name, "link": str(each.pk), "icon": "storefront"} for each in merchants
    ]
    if request.user.is_superuser:
        choices.insert(0, {"title": _("All merchants"), "link": "", "icon": "domain"})
    return choices
