"""Look and choose."""

from collections.abc import Iterable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core.attachment_pages import private_response
from apps.core.pages import page_of
from apps.distributors.models import Distributor
from apps.orders.models import Review, ReviewFile
from apps.orders.selectors import sellable, sellable_categories
from apps.orders.selectors.delivery import shop_settings
from apps.orders.selectors.shopping import SORTS, reviews_of, stars_of, with_sold
from apps.orders.services.offers import offers_of, with_price_to_pay
from apps.products.models import Category, Product
from apps.products.selectors import listed_products, running_campaigns
from apps.promotion.access import note_visit
from apps.shop.access import buyer_of, shop_page
from apps.shop.forms import ChoiceForm
from apps.shop.views.base import shop_response, skus_on_sale
from apps.shop.views.pickup import STORES_SHOWN, pickup_of, stores_for

SORT_NAMES = {
    "new": _("Newest"),
    "sold": _("Most sold"),
    "cheap": _("Price: low to high"),
    "dear": _("Price: high to low"),
}
BY_PRICE = ("cheap", "dear")
REVIEWS_SHOWN = 10
CAMPAIGNS_SHOWN = 3


@require_safe
@shop_page
def home(request: HttpRequest, shop: Distributor) -> HttpResponse:
    """What this distributor sells, by category or search, in the order the visitor likes."""
    query = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "new"
    categories = list(
        Category.objects.filter(sellable_categories(shop.level)).order_by("tree_id", "lft")
    )
    chosen = request.GET.get("category", "")
    category = next((each for each in categories if str(each.pk) == chosen), None)
    buyer = buyer_of(request, shop)
    goods = with_sold(listed_products(category=category, query=query).filter(sellable(shop.level)))
    if sort in BY_PRICE:
        goods = with_price_to_pay(goods, buyer)
    goods = page_of(request, goods.order_by(*SORTS[sort]).prefetch_related("skus"))
    give_offers(goods.object_list, buyer)
    page = shop_response(
        request,
        "shop/home.html",
        shop,
        shop.merchant.name,
        page=goods,
        category_rows=category_rows(categories, category),
        category=category,
        query=query,
        sort=sort,
        sorts=SORT_NAMES,
        campaigns=running_campaigns()[:CAMPAIGNS_SHOWN],
    )
    note_visit(request, page, distributor=shop)
    return page


def give_offers(products: Iterable[Product], buyer: Distributor | None) -> None:
    """Give each of the products, with their SKUs, the `offer` for this visitor. Three queries."""
    products = list(products)
    offers = offers_of([sku for each in products for sku in each.skus.all()], buyer)
    for each in products:
        each.offer = offers.get(each.pk)


def category_rows(
    categories: Sequence[Category], chosen: Category | None
) -> list[dict[str, object]]:
    """The tree as rows of choices, one per level down to what lies below the chosen one.

    Each has its `above` (None: everything), its `choices` and the `current` one of them.
    """
    by_pk = {each.pk: each for each in categories}
    path: list[Category] = []
    while chosen is not None:
        path.insert(0, chosen)
        chosen = by_pk.get(chosen.parent_id)
    rows = []
    for number, above in enumerate([None, *path]):
        choices = [each for each in categories if each.parent_id == (above.pk if above else None)]
        if choices:
            current = path[number] if number < len(path) else None
            rows.append({"above": above, "choices": choices, "current": current})
    return rows


@require_safe
@shop_page
def product(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """One product: pictures, SKUs with price and stock, how it comes, and what others say."""
    listed = Product.objects.filter(sellable(shop.level), is_listed=True)
    found = get_object_or_404(with_sold(listed), pk=pk)
    skus = list(found.skus.order_by("price", "pk"))
    if not skus:
        raise Http404
    buyer = buyer_of(request, shop)
    offer = offers_of(skus, buyer)[found.pk]
    pictures = list(found.pictures.all())
    stores = stores_for(offer)
    page = shop_response(
        request,
        "shop/product.html",
        shop,
        found.name,
        product=found,
        pictures=pictures,
        is_several=max(len(pictures), 1) + bool(found.video) > 1,
        choices=[(each, pickup_of(each.stock, stores)) for each in offer.choices],
        quantity_field=ChoiceForm(skus=skus_on_sale(shop))["quantity"],
        buyer=buyer,
        offer=offer,
        settings=shop_settings(shop.merchant),
        stores=stores[:STORES_SHOWN],
        stars=stars_of(found),
        reviews=list(reviews_of(found)[:REVIEWS_SHOWN]),
    )
    note_visit(request, page, distributor=shop)
    return page


@require_safe
@shop_page
def review_picture(request: HttpRequest, shop: Distributor, pk: int) -> HttpResponse:
    """A picture of a review that is shown; of any other there is none."""
    shown = ReviewFile.objects.filter(review__status=Review.Status.SHOWN)
    found = get_object_or_404(shown, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)
