"""Whose joining page this is, and how often a code may be guessed."""

from collections.abc import Callable
from functools import wraps

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Distributor
from apps.joining.models import Application
from apps.joining.selectors import active_merchant, inviter_of
from apps.merchants.models import Merchant

# Wrong codes per address, and forms sent; IPv6 addresses count by their network.
LIMITS = {"invite_code": "10/10m/ip", "join_form": "30/h/ip"}


class TooMany(Exception):
    """This address has tried too often; the page says so."""


def guard(request: HttpRequest, action: str, *, count: bool = True) -> None:
    """Raises TooMany when this address has used up `action`; counts this time, if told to."""
    allowed = ratelimit.consume(
        request=request,
        app="joining",
        action=action,
        config=LIMITS,
        limit_get=True,
        dry_run=not count,
    )
    if not allowed:
        raise TooMany


def find_inviter(
    request: HttpRequest, code: str, merchant: Merchant | None = None
) -> Distributor | None:
    """Whose invite code this is; None for an unknown one and one of another merchant alike.

    Wrong codes are counted. Raises TooMany after too many of them, for a right code as well.
    """
    guard(request, "invite_code", count=False)
    found = inviter_of(code, merchant)
    if found is None:
        guard(request, "invite_code")
    return found


def joining_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of one merchant's joining, in its scope and time zone; unknown merchants are 404."""

    @wraps(view)
    def inner(request: HttpRequest, merchant_code: str, *args, **kwargs) -> HttpResponse:
        merchant = active_merchant(merchant_code)
        if merchant is None:
            raise Http404
        return inside(request, merchant, view, *args, **kwargs)

    return inner


def application_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of one application; its reference is the secret that opens it."""

    @joining_page
    @wraps(view)
    def inner(request: HttpRequest, merchant: Merchant, reference: str) -> HttpResponse:
        related = ["merchant", "invited_by", "distributor__user", "user"]
        found = Application.objects.filter(merchant=merchant, reference=reference)
        application = found.select_related(*related).first()
        if application is None:
            raise Http404
        return view(request, application)

    return inner


def inside(
    request: HttpRequest, merchant: Merchant, view: Callable[..., HttpResponse], *args, **kwargs
) -> HttpResponse:
    """Answer with `view` inside the merchant's walls, or with 429."""
    with scope(merchant=merchant), timezone.override(merchant.zone):
        try:
            return view(request, merchant, *args, **kwargs)
        except TooMany:
            return render(request, "joining/too_many.html", {"merchant": merchant}, status=429)
