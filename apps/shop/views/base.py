"""What every page of a shop shows, and what it sells."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.distributors.models import Distributor
from apps.joining.selectors import policy_of
from apps.orders.selectors import sellable
from apps.orders.selectors.shopping import cart_pieces
from apps.products.models import Sku
from apps.shop.access import owner_of


def shop_response(
    request: HttpRequest, template: str, shop: Distributor, title: str, **context
) -> HttpResponse:
    """A page in the shop's frame. One query, and one for the cart of whoever has one."""
    context |= {
        "shop": shop,
        "merchant": shop.merchant,
        "page_title": title,
        "cart_pieces": cart_pieces(owner_of(request), shop),
        "joining": policy_of(shop.merchant),
    }
    return render(request, template, context)


def skus_on_sale(shop: Distributor) -> QuerySet[Sku]:
    """What this distributor's level lets them sell, with products."""
    allowed = sellable(shop.level, "product__")
    return Sku.objects.filter(allowed, product__is_listed=True).select_related("product")
