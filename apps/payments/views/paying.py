"""A customer pays an order: chooses a way, pays, comes back. Works without a script.

What the customer's browser brings back is never believed: the provider is asked.
"""

import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.adapter import client_ip
from apps.core.errors import Refused
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.payments.access import OPENID, Device, device_of, guard, payment_page, way_for
from apps.payments.models import Payment, Provider
from apps.payments.providers import ProviderError, provider_of
from apps.payments.selectors import latest_proof, offered_providers, payment_settings
from apps.payments.services.checking import check_payment
from apps.payments.services.starting import start_payment
from apps.promotion.qr import qr_svg

STATE = "wechat_state"
ASKED = "wechat_asked"


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to pay that works on this device."""

    provider: str
    label: str
    way: str


@require_safe
@never_cache
@payment_page
def pay(request: HttpRequest, order: Order) -> HttpResponse:
    """How the order can be paid here, on this device."""
    device = device_of(request)
    chosen = payment_settings(order.merchant)
    providers = offered_providers(order.merchant, chosen)
    waits = order.status == Order.Status.PENDING
    if waits and Provider.WECHAT in providers and (found := _sign_in(request, order, device)):
        return redirect(found)
    total = order_total(order)
    choices = [
        Choice(each, Provider(each).label, way)
        for each in providers
        if total and (way := way_for(each, device))
    ]
    return _page(
        request,
        order,
        "payments/pay.html",
        _("Pay the order"),
        total=total,
        waits=waits,
        choices=choices,
        settings=chosen,
        takes_transfers=chosen.transfer_on and total,
        needs_browser=device.in_wechat and Provider.ALIPAY in providers,
        proof=latest_proof(order),
    )


def _sign_in(request: HttpRequest, order: Order, device: Device) -> str:
    """Where WeChat tells who the customer is: once a visit, and only inside WeChat."""
    if not device.in_wechat or device.openid or request.session.get(ASKED):
        return ""
    request.session[ASKED] = True
    request.session[STATE] = secrets.token_urlsafe(16)
    back = request.build_absolute_uri(_address("openid", order))
    return provider_of(Provider.WECHAT).sign_in_address(back, request.session[STATE])


@require_safe
@never_cache
@payment_page
def openid(request: HttpRequest, order: Order) -> HttpResponse:
    """WeChat has told who the customer is; whatever went wrong, another way to pay is left."""
    state, code = request.session.pop(STATE, ""), request.GET.get("code", "")
    if state and code and secrets.compare_digest(state, request.GET.get("state", "")):
        try:
            request.session[OPENID] = provider_of(Provider.WECHAT).openid_of(code)
        except (ProviderError, LookupError):
            messages.warning(request, _("WeChat did not answer: scan the code instead."))
    return redirect(_address("pay", order))


@require_POST
@payment_page
def start(request: HttpRequest, order: Order) -> HttpResponse:
    """Begin to pay; the device decides which way of the provider it is."""
    guard(request, "start")
    device = device_of(request)
    provider = request.POST.get("provider", "")
    way = way_for(provider, device)
    try:
        payment = start_payment(
            order=order,
            way=way or "",
            notify_url=_notify_url(request, provider),
            return_url=request.build_absolute_uri(_address("attempt", order, "NUMBER")).replace(
                "NUMBER", "{number}"
            ),
            payer=device.openid if way == Payment.Way.JSAPI else "",
            address=client_ip(request) or "",
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("pay", order))
    return redirect(_address("attempt", order, payment.number))


def _notify_url(request: HttpRequest, provider: str) -> str:
    names = {Provider.WECHAT: "notify_wechat", Provider.ALIPAY: "notify_alipay"}
    name = names.get(provider)
    return request.build_absolute_uri(reverse(f"payments:{name}")) if name else ""


@require_safe
@never_cache
@payment_page
def attempt(request: HttpRequest, order: Order, number: str) -> HttpResponse:
    """One attempt: what to press or scan, and whether the money is there. Also the way back."""
    payment = _attempt(order, number)
    order.refresh_from_db(fields=["status"])
    device = {}
    if payment.status == Payment.Status.PENDING and payment.ticket:
        try:
            device = provider_of(payment.provider).for_device(payment.ticket)
        except LookupError:
            messages.warning(request, _("This way to pay is not offered. Choose another one."))
    response = _page(
        request,
        order,
        "payments/attempt.html",
        _("Pay the order"),
        payment=payment,
        device=device,
        link=device.get("link", ""),
        has_code="qr" in device,
        state_address=_address("state", order, number),
    )
    return response


@require_safe
@never_cache
@payment_page
def state(request: HttpRequest, order: Order, number: str) -> HttpResponse:
    """Whether the money is there yet, for the page that waits."""
    return JsonResponse({"status": _attempt(order, number).status})


@require_safe
@never_cache
@payment_page
def qr(request: HttpRequest, order: Order, number: str) -> HttpResponse:
    """The code that WeChat scans."""
    payment = get_object_or_404(Payment, order=order, number=number)
    if "qr" not in payment.ticket or payment.status != Payment.Status.PENDING:
        raise Http404
    return HttpResponse(qr_svg(payment.ticket["qr"]), content_type="image/svg+xml")


def _attempt(order: Order, number: str) -> Payment:
    """The attempt as the provider knows it now; asked at most every few seconds."""
    payment = get_object_or_404(Payment, order=order, number=number)
    if payment.is_online and payment.status == Payment.Status.PENDING:
        payment = check_payment(payment=payment)
    return payment


def _address(name: str, order: Order, *args: str) -> str:
    return reverse(f"payments:{name}", args=[order.merchant.code, order.order_no, *args])


def _page(
    request: HttpRequest, order: Order, template: str, title: str, **context: object
) -> HttpResponse:
    shop = order.shop or order.distributor
    context |= {"merchant": order.merchant, "order": order, "shop": shop, "page_title": title}
    return render(request, template, context)
