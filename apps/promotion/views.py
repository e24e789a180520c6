"""/r/<code>: a short link is counted and leads to its target, or a page says why it does not."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_scopes import scope

from apps.promotion.access import TooMany, find_link, note_visit
from apps.promotion.models import PromoLink
from apps.promotion.selectors.targets import find_target, shop_link

# Why a link leads nowhere, and the answer's status: gone for good, or only for now.
UNKNOWN, REVOKED, EXPIRED, LEFT, PAUSED, NOT_FOR_SALE = (
    "unknown", "revoked", "expired", "left", "paused", "not_for_sale",
)  # fmt: skip
STATUS = {UNKNOWN: 404, REVOKED: 410, EXPIRED: 410, LEFT: 410, PAUSED: 404, NOT_FOR_SALE: 410}


@require_safe
@never_cache
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Record the click and go on to the target's own page, which is always one of this site."""
    try:
        link = find_link(request, code)
    except TooMany:
        return render(request, "promotion/too_many.html", status=429)
    if link is None:
        return _stop(request, UNKNOWN)
    with scope(merchant=link.merchant), timezone.override(link.merchant.zone):
        why = _why_not(link)
        if why:
            return _stop(request, why, link)
        target = find_target(distributor=link.distributor, kind=link.kind, target_id=link.target_id)
        if target is None:
            return _stop(request, NOT_FOR_SALE, link)
        response = HttpResponseRedirect(target.path)
        note_visit(request, response, distributor=link.distributor, target=target.path, link=link)
        return response


def _why_not(link: PromoLink) -> str:
    person = link.distributor
    if not person.is_active:
        return LEFT if person.status == person.Status.TERMINATED else PAUSED
    if link.revoked_at is not None:
        return REVOKED
    return "" if link.is_open_at(timezone.now()) else EXPIRED


def _stop(request: HttpRequest, why: str, link: PromoLink | None = None) -> HttpResponse:
    is_open = link is not None and link.distributor.is_active
    context = {
        "why": why,
        "link": link,
        "merchant": link.merchant if link else None,
        "shop": shop_link(link.distributor) if is_open else "",
    }
    return render(request, "promotion/stopped.html", context, status=STATUS[why])
