"""A campaign in a shop: its goods at its prices, while it runs and from when it is announced."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.pages import page_of
from apps.distributors.models import Distributor
from apps.orders.selectors import sellable
from apps.orders.selectors.shopping import with_sold
from apps.products.selectors import announced_campaigns, listed_products
from apps.promotion.access import note_visit
from apps.shop.access import buyer_of, shop_page
from apps.shop.views.base import shop_response
from apps.shop.views.goods import give_offers


@require_safe
@shop_page
def campaign(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """What of a campaign this shop sells; one that is over, or not announced yet, is not found."""
    now = timezone.now()
    found = get_object_or_404(announced_campaigns(now), pk=pk)
    goods = listed_products().filter(
        sellable(shop.level), pk__in=found.lines.values("sku__product")
    )
    goods = page_of(request, with_sold(goods).order_by("name", "pk").prefetch_related("skus"))
    give_offers(goods.object_list, buyer_of(request, shop))
    page = shop_response(
        request,
        "shop/campaign.html",
        shop,
        found.name,
        campaign=found,
        is_running=found.starts_at <= now,
        page=goods,
    )
    note_visit(request, page, distributor=shop)
    return page
