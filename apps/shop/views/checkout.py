"""Where to send it, what it costs, and the order itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.core.errors import Refused
from apps.core.regions import codes_of
from apps.core.templatetags.money_display import money_text
from apps.distributors.models import Distributor
from apps.orders.models import Coupon, Order, SavedAddress
from apps.orders.selectors.delivery import ZERO, ShippingRules, shipping_rules
from apps.orders.selectors.shopping import saved_addresses
from apps.orders.services.quoting import OrderQuote, quote_order
from apps.orders.services.refusals import CouponRefused
from apps.orders.services.shop import TotalChanged
from apps.products.models import Sku
from apps.promotion.access import visitor_of
from apps.promotion.services.checkout import UnknownCode, check_out
from apps.shop.access import buyer_of, guard, make_owner, owner_of, shop_page
from apps.shop.forms import ELSEWHERE, REGION_FIELDS, CheckoutForm, ChoiceForm
from apps.shop.views.base import shop_response, skus_on_sale
from apps.shop.views.cart import cart_items
from apps.shop.views.codes import read_code
from apps.shop.views.pickup import open_stores

ORDER_FIELDS = ("recipient_name", "recipient_phone", "address", "note", "code", "request_key")


@dataclass(frozen=True)
class Basket:
    """What is being ordered: one SKU from its page, or all of the cart."""

    skus: list[Sku]
    items: Mapping[int, int]
    from_cart: bool

    @property
    def text(self) -> str:
        """Its content in one line, to tell whether it is still what the page showed."""
        return ",".join(f"{sku.pk}:{self.items[sku.pk]}" for sku in self.skus)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
def checkout(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """Asks where to send it and shows what it costs; places the order. Prices are the server's.

    `refresh` draws the page anew for the region chosen and the code typed so far, and orders
    nothing.
    """
    if request.method == "POST" and (earlier := _earlier(request, shop)):
        return redirect("shop:order", shop.shop_code, earlier.order_no)
    buyer = buyer_of(request, shop)
    basket = _basket(request, shop, buyer)
    if isinstance(basket, HttpResponse):
        return basket
    rules = shipping_rules(shop.merchant)
    form = _form(request, shop)
    if request.method == "POST" and "refresh" not in request.POST and form.is_valid():
        placed = _place(request, shop, form, basket, buyer, rules)
        if placed is not None:
            return redirect("shop:order", shop.shop_code, placed.order_no)
    typed = read_code(request, shop, form)
    quote, undelivered, problem = _quote(form, basket, buyer, rules, typed.coupon)
    return shop_response(
        request,
        "shop/checkout.html",
        shop,
        _("Checkout"),
        form=form,
        basket=basket,
        quote=quote,
        undelivered=undelivered,
        typed=typed,
        code_problem=typed.problem or problem,
        buyer=buyer,
        rules=rules,
        addresses=list(saved_addresses(shop.merchant, owner_of(request))),
    )


def _earlier(request: HttpRequest, shop: Distributor) -> Order | None:
    """The order that this form has made already, of whoever sends it again."""
    owner, key = owner_of(request), request.POST.get("request_key", "").replace("-", "")
    if not owner or not key or "\x00" in key:
        return None
    return Order.objects.filter(request_key=key, owner=owner, shop=shop).first()


def _basket(
    request: HttpRequest, shop: Distributor, buyer: Distributor | None
) -> Basket | HttpResponse:
    """What is ordered, or where to go when it cannot be."""
    data = request.POST or request.GET
    if "sku" not in data:
        return _cart_basket(request, shop, buyer)
    choice = ChoiceForm(data, skus=skus_on_sale(shop))
    valid = choice.is_valid()
    if "sku" not in choice.cleaned_data:
        raise Http404
    sku = choice.cleaned_data["sku"]
    text = "" if valid else choice.errors["quantity"][0]
    if valid and request.method != "POST" and choice.cleaned_data["quantity"] > sku.stock:
        text = _("Only %(stock)s left in stock.") % {"stock": sku.stock}
    if text:
        messages.error(request, text)
        return redirect("shop:product", shop.shop_code, sku.product_id)
    return Basket([sku], {sku.pk: choice.cleaned_data["quantity"]}, from_cart=False)


def _cart_basket(
    request: HttpRequest, shop: Distributor, buyer: Distributor | None
) -> Basket | HttpResponse:
    items = cart_items(owner_of(request), shop, buyer)
    if not items or not all(item.is_orderable for item in items):
        return redirect("shop:cart", shop.shop_code)
    skus = sorted((item.sku for item in items), key=lambda sku: sku.pk)
    return Basket(skus, {item.sku.pk: item.line.quantity for item in items}, from_cart=True)


def _form(request: HttpRequest, shop: Distributor) -> CheckoutForm:
    stores = open_stores()
    stores = stores if stores.exists() else None
    if request.method != "POST":
        return CheckoutForm(initial=_known_address(request, shop), stores=stores)
    if "refresh" in request.POST:
        # Shown as typed, without complaints about what is not typed yet.
        return CheckoutForm(initial=request.POST.dict() | _ticked(request), stores=stores)
    return CheckoutForm(request.POST, stores=stores)


def _ticked(request: HttpRequest) -> dict[str, bool]:
    return {"remember": "remember" in request.POST}


def _known_address(request: HttpRequest, shop: Distributor) -> dict[str, Any]:
    """The address chosen or last used by whoever is there; nobody else's, whatever is asked."""
    known = saved_addresses(shop.merchant, owner_of(request))
    chosen = request.GET.get("address", "")
    found = known.filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 19 else None
    return _initial(found or known.first())


def _initial(address: SavedAddress | None) -> dict[str, Any]:
    if address is None:
        return {}
    codes = codes_of(address.region) if address.region else (ELSEWHERE,)
    return {
        "recipient_name": address.name,
        "recipient_phone": address.phone.removeprefix("+86"),
        "address": address.address,
        **dict(zip(REGION_FIELDS, codes, strict=False)),
    }


def _place(
    request: HttpRequest,
    shop: Distributor,
    form: CheckoutForm,
    basket: Basket,
    buyer: Distributor | None,
    rules: ShippingRules,
) -> Order | None:
    """The order; None when the form is to be shown again, with the reason."""
    values = form.cleaned_data
    guard(request, "place_order")
    if values["code"]:
        guard(request, "invite_code", count=False)
    if basket.text != values["basket"] and basket.from_cart:
        form.add_error(None, _("Your cart has changed: please look at it and order again."))
        return None
    expected = values["shown"]
    try:
        return check_out(
            merchant=shop.merchant,
            shop=shop,
            visitor=visitor_of(request),
            items=basket.items,
            buyer=buyer,
            owner=make_owner(request),
            from_cart=basket.from_cart,
            remember_address=bool(values.get("remember")),
            region=form.region or "",
            store=values.get("store"),
            expected_total=Decimal("-1") if expected is None else expected,
            **{name: values[name] for name in ORDER_FIELDS},
        )
    except TotalChanged:
        form.add_error(None, _changed(request, shop, form, basket, buyer, rules, expected))
    except UnknownCode as refusal:
        guard(request, "invite_code")
        form.add_error("code", str(refusal))
    except CouponRefused as refusal:
        form.add_error("code", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _changed(
    request: HttpRequest,
    shop: Distributor,
    form: CheckoutForm,
    basket: Basket,
    buyer: Distributor | None,
    rules: ShippingRules,
    expected: Decimal | None,
) -> str:
    """What the customer has to look at before they press again."""
    coupon = read_code(request, shop, form).coupon
    quote, _undelivered, _problem = _quote(form, basket, buyer, rules, coupon)
    currency = shop.merchant.currency
    words = {
        "now": money_text(quote.total, currency),
        "shipping": money_text(quote.shipping or ZERO, currency),
        "before": money_text(expected, currency),
    }
    off = ""
    if coupon is not None and quote.coupon:
        off = _("The coupon %(code)s takes %(off)s off.") % {
            "code": coupon,
            "off": money_text(quote.coupon, currency),
        }
    text = _(
        "The total is %(now)s now, %(shipping)s of it for shipping; when you opened the page it "
        "was %(before)s. Nothing was ordered yet: please look at it and press again."
    )
    return f"{off} {text % words}".strip()


def _quote(
    form: CheckoutForm,
    basket: Basket,
    buyer: Distributor | None,
    rules: ShippingRules,
    coupon: Coupon | None,
) -> tuple[OrderQuote, str, str]:
    """What it costs as far as is known, why it cannot be sent there, and why the coupon takes
    nothing off, if so."""
    asked = {"skus": basket.skus, "items": basket.items, "buyer": buyer, "rules": rules}
    store = form.fields["store"].queryset.first() if form.is_pickup else None
    place = {"region": None if store else form.region, "store": store}
    undelivered = problem = ""
    while True:
        try:
            return quote_order(**asked, **place, coupon=coupon), undelivered, problem
        except CouponRefused as refusal:
            coupon, problem = None, str(refusal)
        except Refused as refusal:
            place, undelivered = {"region": None}, str(refusal)
