"""Whose shop a page belongs to, and the walls around what it shows."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apps.distributors.models import Distributor
from apps.orders.services.shop import discounted_buyer


def find_shop(shop_code: str) -> Distributor | None:
    """The distributor behind a shop code, whatever their standing; None if there is none."""
    with scopes_disabled():
        return (
            Distributor.objects.filter(shop_code=shop_code, merchant__is_active=True)
            .select_related("merchant", "level")
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
            return view(request, shop, *args, **kwargs)

    return inner


def _closed(request: HttpRequest, shop: Distributor) -> HttpResponse:
    ended = shop.status == Distributor.Status.TERMINATED
    context = {"shop": shop, "merchant": shop.merchant, "ended": ended}
    return render(request, "shop/closed.html", context, status=410 if ended else 200)
