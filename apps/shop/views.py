"""A distributor's shop: look, choose, order, follow the order. Works without a script."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.distributors.models import Distributor
from apps.orders.models import Order
from apps.orders.selectors import sellable, sellable_categories
from apps.orders.services.shop import own_discount
from apps.products.models import Category, Product, Sku
from apps.products.selectors import listed_products, top_categories
from apps.promotion.access import note_visit, visitor_of
from apps.promotion.services.checkout import check_out
from apps.shop.access import buyer_of, shop_page
from apps.shop.forms import ChoiceForm, RecipientForm


def _page(
    request: HttpRequest, template: str, shop: Distributor, title: str, **context
) -> HttpResponse:
    context |= {"shop": shop, "merchant": shop.merchant, "page_title": title}
    return render(request, template, context)


def _skus_on_sale(shop: Distributor):
    """What this distributor's level lets them sell."""
    allowed = sellable(shop.level, "product__")
    return Sku.objects.filter(allowed, product__is_listed=True).select_related("product")


@require_safe
@shop_page
def home(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """What this distributor sells, by category or search."""
    query = request.GET.get("q", "").strip()
    chosen = request.GET.get("category", "")
    category = Category.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    page = _page(
        request,
        "shop/home.html",
        shop,
        shop.merchant.name,
        page=page_of(
            request,
            listed_products(category=category, query=query).filter(sellable(shop.level)),
        ),
        categories=top_categories().filter(sellable_categories(shop.level)),
        category=category,
        query=query,
    )
    note_visit(request, page, distributor=shop)
    return page


@require_safe
@shop_page
def product(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """One product: its SKUs with price and stock, and how many to buy."""
    listed = Product.objects.filter(sellable(shop.level), is_listed=True)
    found = get_object_or_404(listed, pk=pk)
    skus = list(found.skus.order_by("price", "pk"))
    if not skus:
        raise Http404
    in_stock = [sku for sku in skus if sku.stock > 0]
    page = _page(
        request,
        "shop/product.html",
        shop,
        found.name,
        product=found,
        skus=skus,
        in_stock=in_stock,
        chosen=in_stock[0] if in_stock else None,
        quantity_field=ChoiceForm(skus=_skus_on_sale(shop))["quantity"],
        buyer=buyer_of(request, shop),
    )
    note_visit(request, page, distributor=shop)
    return page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
def checkout(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """Where to send it; places the order. Price and stock are the server's."""
    choice = ChoiceForm(request.POST or request.GET, skus=_skus_on_sale(shop))
    valid = choice.is_valid()
    if "sku" not in choice.cleaned_data:
        raise Http404
    sku = choice.cleaned_data["sku"]
    if not valid:
        return _back_to_product(request, shop, sku, choice.errors["quantity"][0])
    quantity = choice.cleaned_data["quantity"]
    # Only before the form: a repeated order is answered even when it took the last piece itself.
    if request.method != "POST" and quantity > sku.stock:
        text = _("Only %(stock)s left in stock.") % {"stock": sku.stock}
        return _back_to_product(request, shop, sku, text)
    buyer = buyer_of(request, shop)
    form = RecipientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            order = check_out(
                merchant=shop.merchant,
                shop=shop,
                visitor=visitor_of(request),
                items={sku.pk: quantity},
                buyer=buyer,
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("shop:order", shop.shop_code, order.order_no)
    price = sku.price * quantity
    discount = own_discount(buyer, price)
    return _page(
        request,
        "shop/checkout.html",
        shop,
        _("Checkout"),
        form=form,
        sku=sku,
        product=sku.product,
        quantity=quantity,
        buyer=buyer,
        discount=discount,
        total=price - discount,
    )


def _back_to_product(request: HttpRequest, shop: Distributor, sku: Sku, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect("shop:product", shop.shop_code, sku.product_id)


@require_safe
@never_cache
@shop_page(even_closed=True)
def order(request: HttpRequest, shop: Distributor, order_no: str) -> HttpResponse:
    """Where the order stands and how to pay it; its number is the secret that opens the page."""
    # Whoever it counts for, the customer finds it in the shop where it was placed.
    placed_here = Q(shop=shop) | Q(shop=None, distributor=shop)
    found = get_object_or_404(Order, placed_here, order_no=order_no, source=Order.Source.SHOP)
    lines = list(found.lines.select_related("sku__product").order_by("line_no"))
    return _page(
        request,
        "shop/order.html",
        shop,
        _("Your order"),
        order=found,
        lines=lines,
        total=sum(line.paid_amount for line in lines) + found.shipping_amount,
        refunded=sum(line.refunded_amount for line in lines),
    )
