"""Whose shop a page belongs to, who is there, and the walls around what they see."""

import uuid
from collections.abc import Callable
from functools import wraps

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apps.distributors.models import Distributor
from apps.orders.services.carts import adopt_guest
from apps.orders.services.shop import discounted_buyer

SESSION_KEY = "shopper"
# Orders placed, wrong invite codes and wrong phones per address; IPv6 counts by its network. Phones
# of one carrier share addresses: orders are limited far above what a household places.
LIMITS = {
    "place_order": "120/h/ip",
    "invite_code": "10/10m/ip",
    "claim_order": "10/10m/ip",
    "hand_in": "30/h/ip",
}


class TooMany(Exception):
    """This address has tried too often; the page says so."""


def guard(request: HttpRequest, action: str, *, count: bool = True) -> None:
    """Raises TooMany when this address has used up `action`; counts this time, if told to."""
    allowed = ratelimit.consume(
        request=request,
        app="shop",
        action=action,
        config=LIMITS,
        limit_get=True,
        dry_run=not count,
    )
    if not allowed:
        raise TooMany


def owner_of(request: HttpRequest) -> str:
    """Who is there, as rows name them: a person, a guest with a session, or "" for a stranger."""
    if request.user.is_authenticated:
        return f"user-{request.user.pk}"
    return request.session.get(SESSION_KEY, "")


def make_owner(request: HttpRequest) -> str:
    """Who is there; a stranger becomes a guest whom their session remembers."""
    owner = owner_of(request)
    if not owner:
        owner = request.session[SESSION_KEY] = f"guest-{uuid.uuid4().hex}"
    return owner


def _adopt(request: HttpRequest) -> None:
    """A guest who has signed in keeps what they had."""
    if request.user.is_authenticated and (guest := request.session.get(SESSION_KEY)):
        adopt_guest(guest=guest, owner=owner_of(request))
        del request.session[SESSION_KEY]


def find_shop(shop_code: str) -> Distributor | None:
    """The distributor behind a shop code, whatever their standing; None if there is none."""
    with scopes_disabled():
        return (
            Distributor.objects.filter(shop_code=shop_code, merchant__is_active=True)
            .select_related("merchant", "level", "front")
            .first()
        )


def buyer_of(request: HttpRequest, shop: Distributor) -> Distributor | None:
    """The signed-in distributor whose level takes something off here; nobody for anybody else.

    Call in the shop's scope. No query for visitors, two for people who are signed in.
    """
    if not request.user.is_authenticated:
        return None
    person = Distributor.objects.filter(merchant=shop.merchant, user=request.user).first()
    return discounted_buyer(shop.merchant, person)


def shop_page(
    view: Callable[..., HttpResponse] | None = None, *, even_closed: bool = False
) -> Callable[..., HttpResponse]:
    """A page of one shop, in its merchant's scope and time zone; the view gets the distributor.

    Unknown shops are 404. A shop whose distributor is not active sells nothing: 410 when the
    contract has ended, 200 with the reason while it is suspended. `even_closed` pages stay open:
    an order that was placed must remain readable.
    """
    if view is None:
        return lambda actual: shop_page(actual, even_closed=even_closed)

    @wraps(view)
    def inner(request: HttpRequest, shop_code: str, *args, **kwargs) -> HttpResponse:
        shop = find_shop(shop_code)
        if shop is None:
            raise Http404
        with scope(merchant=shop.merchant), timezone.override(shop.merchant.zone):
            if not shop.is_active and not even_closed:
                return _closed(request, shop)
            _adopt(request)
            try:
                return view(request, shop, *args, **kwargs)
            except TooMany:
                context = {"shop": shop, "merchant": shop.merchant}
                return render(request, "shop/too_many.html", context, status=429)

    return inner


def _closed(request: HttpRequest, shop: Distributor) -> HttpResponse:
    ended = shop.status == Distributor.Status.TERMINATED
    context = {"shop": shop, "merchant": shop.merchant, "ended": ended}
    return render(request, "shop/closed.html", context, status=410 if ended else 200)
