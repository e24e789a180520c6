"""A customer's orders: where they stand, and what the customer can do about it."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.commissions.tasks import wake_stages
from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.distributors.models import Distributor
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.selectors import order_total
from apps.orders.selectors.delivery import shop_settings
from apps.orders.selectors.shopping import orders_of, saved_addresses
from apps.orders.services.addresses import forget_address
from apps.orders.services.customers import (
    ask_for_refund,
    claim_order,
    claim_payment,
    confirm_receipt,
)
from apps.orders.services.progress import cancel_order
from apps.orders.services.refunds import quantity_left
from apps.orders.services.reviews import write_review
from apps.payments.selectors import offered_providers
from apps.shop.access import guard, make_owner, owner_of, shop_page
from apps.shop.forms import ClaimForm, ReturnForm, ReviewForm
from apps.shop.views.base import shop_response

Status = Order.Status


def find_order(shop: Distributor, order_no: str) -> Order:
    """The order of this number, if it was placed here; its number is the secret that shows it."""
    # Whoever it counts for, the customer finds it in the shop where it was placed.
    placed_here = Q(shop=shop) | Q(shop=None, distributor=shop)
    orders = Order.objects.select_related("store", "coupon_use__coupon")
    return get_object_or_404(orders, placed_here, order_no=order_no, source=Order.Source.SHOP)


def is_mine(request: HttpRequest, order: Order) -> bool:
    """Whether whoever is there placed it, or has shown that it is theirs."""
    owner = owner_of(request)
    return bool(owner) and order.owner == owner


def find_my_order(request: HttpRequest, shop: Distributor, order_no: str) -> Order:
    """The order, if it is one's own; others can read it, and do nothing about it."""
    order = find_order(shop, order_no)
    if not is_mine(request, order):
        raise Http404
    return order


@require_safe
@never_cache
@shop_page(even_closed=True)
def orders(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """What whoever is there has ordered in this shop, newest first."""
    page = page_of(request, orders_of(owner_of(request), shop), 10)
    for order in page:
        order.total = order_total(order)
    return shop_response(request, "shop/orders.html", shop, _("My orders"), page=page)


@require_safe
@never_cache
@shop_page(even_closed=True)
def order(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """Where the order stands and what can be done; the address is shown to its owner alone."""
    found = find_order(shop, order_no)
    related = found.lines.select_related("sku__product", "review").prefetch_related("refunds")
    lines = list(related.order_by("line_no"))
    for line in lines:
        line.open_refund = next(
            (each for each in line.refunds.all() if each.status == Refund.Status.REQUESTED), None
        )
    mine = is_mine(request, found)
    return shop_response(
        request,
        "shop/order.html",
        shop,
        _("Your order"),
        order=found,
        lines=lines,
        total=sum(line.paid_amount for line in lines) + found.shipping_amount,
        refunded=sum(line.refunded_amount for line in lines),
        pays_online=found.status == Status.PENDING and bool(offered_providers(found.merchant)),
        mine=mine,
        claim=None if mine else ClaimForm(),
        settings=shop_settings(shop.merchant),
        can_review=mine and found.status == Status.COMPLETED,
    )


def _step(
    request: HttpRequest,
    shop: Distributor,
    order_no: str,
    act: Callable[[Order], object],
    done: str,
) -> HttpResponse:
    """Take one step with one's own order, and go back to it."""
    found = find_my_order(request, shop, order_no)
    try:
        act(found)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("shop:order", shop.shop_code, order_no)


@require_POST
@never_cache
@shop_page(even_closed=True)
def received(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """The goods have come: the order is completed."""

    def act(found: Order) -> None:
        confirm_receipt(order=found)
        wake_stages(shop.merchant_id)

    return _step(request, shop, order_no, act, _("Thank you! The order is completed."))


@require_POST
@never_cache
@shop_page(even_closed=True)
def paid(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """The customer says they have paid: the order waits for somebody who looks."""
    return _step(
        request,
        shop,
        order_no,
        lambda found: claim_payment(order=found),
        _("Thank you: the merchant looks for your payment and confirms it here."),
    )


@require_POST
@never_cache
@shop_page(even_closed=True)
def cancel(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """The customer no longer wants what they have not paid."""
    return _step(
        request,
        shop,
        order_no,
        lambda found: cancel_order(order=found, actor=None),
        _("The order is cancelled."),
    )


@require_POST
@never_cache
@shop_page(even_closed=True)
def claim(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """From another phone: whoever knows the recipient's number has their order back."""
    found = find_order(shop, order_no)
    guard(request, "claim_order", count=False)
    form = ClaimForm(request.POST)
    try:
        phone = form.cleaned_data["phone"] if form.is_valid() else ""
        claim_order(order=found, owner=make_owner(request), phone=phone)
    except Refused as refusal:
        guard(request, "claim_order")
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("This order is among yours again."))
    return redirect("shop:order", shop.shop_code, order_no)


def _my_line(request: HttpRequest, shop: Distributor, order_no: str, number: int) -> OrderLine:
    found = find_my_order(request, shop, order_no)
    line = get_object_or_404(found.lines.select_related("sku__product"), line_no=number)
    line.order = found
    return line


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page(even_closed=True)
def ask_refund(request: HttpRequest, shop: Distributor, order_no: str, number: int) -> HttpResponse:
    """Ask for money back on a line, with or without sending the goods back."""
    line = _my_line(request, shop, order_no, number)
    left = quantity_left(line)
    form = ReturnForm(request.POST or None, request.FILES or None, initial={"quantity": left})
    if request.method == "POST" and form.is_valid():
        guard(request, "hand_in")
        values = dict(form.cleaned_data)
        try:
            ask_for_refund(order_line=line, uploads=values.pop("files"), **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The merchant looks at it and answers here."))
            return redirect("shop:order", shop.shop_code, order_no)
    return shop_response(
        request,
        "shop/ask_refund.html",
        shop,
        _("Ask for a refund"),
        order=line.order,
        line=line,
        left=left,
        form=form,
        settings=shop_settings(shop.merchant),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page(even_closed=True)
def review(request: HttpRequest, shop: Distributor, order_no: str, number: int) -> HttpResponse:
    """Say what one thinks of what was bought."""
    line = _my_line(request, shop, order_no, number)
    form = ReviewForm(request.POST or None, request.FILES or None, initial={"stars": 5})
    if request.method == "POST" and form.is_valid():
        guard(request, "hand_in")
        values = dict(form.cleaned_data)
        try:
            write_review(order_line=line, uploads=values.pop("files"), **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Thank you! Others see it once the merchant has read it."))
            return redirect("shop:order", shop.shop_code, order_no)
    return shop_response(
        request,
        "shop/review.html",
        shop,
        _("Write a review"),
        order=line.order,
        line=line,
        form=form,
    )


@require_safe
@never_cache
@shop_page(even_closed=True)
def addresses(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """The addresses that this merchant's shops remember for whoever is there."""
    known = list(saved_addresses(shop.merchant, owner_of(request)))
    return shop_response(request, "shop/addresses.html", shop, _("My addresses"), addresses=known)


@require_POST
@never_cache
@shop_page(even_closed=True)
def forget(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """Forget one of one's own addresses."""
    known = saved_addresses(shop.merchant, owner_of(request))
    forget_address(address=get_object_or_404(known, pk=pk))
    messages.success(request, _("The address is forgotten."))
    return redirect("shop:addresses", shop.shop_code)
