"""Whose order a page pays, how often it may be tried, and on what the customer looks at it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.models import Payment, Provider

# Attempts and proofs per address; IPv6 addresses count by their network.
LIMITS = {"start": "60/10m/ip", "proof": "30/h/ip"}
OPENID = "wechat_openid"


class TooMany(Exception):
    """This address has tried too often; the page says so."""


def guard(request: HttpRequest, action: str) -> None:
    """Counts this time. Raises TooMany when this address has used up `action`."""
    allowed = ratelimit.consume(
        request=request, app="payments", action=action, config=LIMITS, limit_get=True
    )
    if not allowed:
        raise TooMany


def payment_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of one shop order, in its merchant's scope and time zone; the view gets the order.

    The order's number is the secret that opens it, as on the order's own page.
    """

    @wraps(view)
    def inner(
        request: HttpRequest, merchant_code: str, order_no: str, *args, **kwargs
    ) -> HttpResponse:
        merchant = Merchant.objects.filter(code=merchant_code, is_active=True).first()
        if merchant is None:
            raise Http404
        with scope(merchant=merchant), timezone.override(merchant.zone):
            found = Order.objects.filter(
                merchant=merchant, source=Order.Source.SHOP, order_no=order_no
            )
            order = found.select_related("merchant", "shop", "distributor").first()
            if order is None:
                raise Http404
            try:
                return view(request, order, *args, **kwargs)
            except TooMany:
                context = {"merchant": merchant, "order": order}
                return render(request, "payments/too_many.html", context, status=429)

    return inner


@dataclass(frozen=True, slots=True)
class Device:
    """What the customer holds in their hand."""

    in_wechat: bool
    is_phone: bool
    openid: str


def device_of(request: HttpRequest) -> Device:
    """By what the browser says of itself; a wrong guess costs a way to pay, nothing else."""
    agent = request.headers.get("User-Agent", "")
    return Device(
        in_wechat="MicroMessenger" in agent,
        is_phone=bool(re.search(r"Mobile|Android|iPhone|HarmonyOS", agent)),
        openid=request.session.get(OPENID, ""),
    )


def way_for(provider: str, device: Device) -> str | None:
    """The way of this provider that works on this device; None where there is none."""
    if provider == Provider.WECHAT:
        if device.in_wechat:
            # Without knowing who it is, WeChat's own browser can still show a code to scan.
            return Payment.Way.JSAPI if device.openid else Payment.Way.NATIVE
        return Payment.Way.H5 if device.is_phone else Payment.Way.NATIVE
    if provider == Provider.ALIPAY and not device.in_wechat:
        return Payment.Way.WAP if device.is_phone else Payment.Way.PAGE
    return None
