"""The cart: what somebody wants of this shop, as it stands now."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import Refused
from apps.distributors.models import Distributor, Store
from apps.orders.selectors.shopping import CartItem, cart_lines
from apps.orders.services.carts import add_to_cart, remove_from_cart, set_cart_quantity
from apps.orders.services.quoting import quote_lines
from apps.products.selectors import availability
from apps.shop.access import buyer_of, make_owner, owner_of, shop_page
from apps.shop.forms import ChoiceForm, QuantityForm
from apps.shop.views.base import shop_response, skus_on_sale
from apps.shop.views.pickup import pickup_of


def cart_items(owner: str, shop: Distributor, buyer: Distributor | None) -> list[CartItem]:
    """The owner's cart with today's prices, and what can no longer be had. Three queries."""
    lines = list(cart_lines(owner, shop))
    wanted = {line.sku_id: line.quantity for line in lines}
    on_sale = set(skus_on_sale(shop).filter(pk__in=wanted).values_list("pk", flat=True))
    quoted = quote_lines(skus=[line.sku for line in lines], items=wanted, buyer=buyer)
    stock = availability(line.sku for line in lines)
    return [
        CartItem(
            line,
            now.unit_price,
            now.discount,
            stock[line.sku_id],
            is_gone=line.sku_id not in on_sale,
        )
        for line, now in zip(lines, quoted, strict=True)
    ]


def pickup_places(items: Sequence[CartItem]) -> list[str]:
    """The names of the stores that have everything which cannot be sent. One query at most.

    Each line gets `pickup`, the stores with pieces of their own, and `stores`, the names of those
    that have as many as are wanted.
    """
    known = {pk for item in items for pk in item.stock.in_store}
    stores = list(Store.objects.filter(pk__in=known).order_by("name", "pk")) if known else []
    for item in items:
        own = [store for store in stores if store.pk in item.stock.in_store]
        item.line.pickup = pickup_of(item.stock, own)
        item.line.stores = [store.name for store in own if store.pk in item.store_ids]
    kept = [item for item in items if item.is_orderable and not item.is_sent]
    shared = [store for store in stores if all(store.pk in item.store_ids for item in kept)]
    return [store.name for store in shared] if kept else []


@require_safe
@never_cache
@shop_page
def cart(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """Every line with its price and stock now, and what has changed since it was put in."""
    buyer = buyer_of(request, shop)
    items = cart_items(owner_of(request), shop, buyer)
    orderable = [item for item in items if item.is_orderable]
    amount = sum(item.amount for item in orderable)
    discount = sum(item.discount for item in orderable)
    places = pickup_places(items)
    is_sent = all(item.is_sent for item in orderable)
    return shop_response(
        request,
        "shop/cart.html",
        shop,
        _("Cart"),
        items=items,
        buyer=buyer,
        discount=discount,
        total=amount - discount,
        is_sent=is_sent,
        places=places,
        is_whole=len(orderable) == len(items),
        can_order=bool(items) and len(orderable) == len(items) and (is_sent or bool(places)),
    )


@require_POST
@never_cache
@shop_page
def add(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """Put a SKU into the cart, and go there."""
    choice = ChoiceForm(request.POST, skus=skus_on_sale(shop))
    valid = choice.is_valid()
    if "sku" not in choice.cleaned_data:
        raise Http404
    sku = choice.cleaned_data["sku"]
    if not valid:
        messages.error(request, choice.errors["quantity"][0])
        return redirect("shop:product", shop.shop_code, sku.product_id)
    try:
        add_to_cart(
            owner=make_owner(request),
            shop=shop,
            sku_id=sku.pk,
            quantity=choice.cleaned_data["quantity"],
            buyer=buyer_of(request, shop),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("shop:product", shop.shop_code, sku.product_id)
    messages.success(request, _("“%(name)s” is in your cart.") % {"name": sku.product.name})
    return redirect("shop:cart", shop.shop_code)


@require_POST
@never_cache
@shop_page
def change(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """Have more or fewer of a line of one's own cart, or take it out."""
    line = get_object_or_404(cart_lines(owner_of(request), shop), pk=pk)
    if "remove" in request.POST:
        remove_from_cart(line=line)
        return redirect("shop:cart", shop.shop_code)
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["quantity"][0])
        return redirect("shop:cart", shop.shop_code)
    try:
        set_cart_quantity(
            line=line,
            quantity=form.cleaned_data["quantity"],
            buyer=buyer_of(request, shop),
        )
    except Refused as refusal:
        messages.error(request, f"{line.sku.product.name}: {refusal}")
    return redirect("shop:cart", shop.shop_code)
