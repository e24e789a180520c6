"""What a promo link leads to: one entry per kind, always a page of this site.

A further kind (a campaign, say) is a choice of `PromoLink.Kind` and a line in `TARGETS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.distributors.models import Distributor
from apps.orders.selectors import sellable
from apps.products.models import Product
from apps.products.selectors import listed_products
from apps.promotion.models import PromoLink

Kind = PromoLink.Kind


@dataclass(frozen=True, slots=True)
class Target:
    """A page to share: its path, what it is called, and for goods price and pictures."""

    path: str
    title: str
    product: Product | None = None
    price: Decimal | None = None


def shop_link(distributor: Distributor) -> str:
    """The path of the distributor's shop, /s/<shop code>/; a page adds the site's address."""
    return reverse("shop:home", args=[distributor.shop_code])


def goods_to_share(distributor: Distributor):
    """Products the distributor's level may sell and shops show now, newest first."""
    return listed_products().filter(sellable(distributor.level))


def _shop(distributor: Distributor, target_id: int) -> Target:
    return Target(shop_link(distributor), _("%(name)s's shop") % {"name": distributor.name})


def _invitation(distributor: Distributor, target_id: int) -> Target:
    path = reverse("joining:shop_join", args=[distributor.shop_code])
    merchant = distributor.merchant.name
    return Target(path, _("Sell for %(merchant)s") % {"merchant": merchant})


def _product(distributor: Distributor, target_id: int) -> Target | None:
    found = goods_to_share(distributor).filter(pk=target_id).first()
    if found is None:
        return None
    path = reverse("shop:product", args=[distributor.shop_code, found.pk])
    return Target(path, found.name, found, found.price_from)


TARGETS: dict[str, Callable[[Distributor, int], Target | None]] = {
    Kind.SHOP: _shop,
    Kind.INVITATION: _invitation,
    Kind.PRODUCT: _product,
}


def find_target(*, distributor: Distributor, kind: str, target_id: int = 0) -> Target | None:
    """The target as it is now; None when it is not there, not for sale, or another merchant's.

    In the merchant's scope; at most two queries.
    """
    find = TARGETS.get(kind)
    return find(distributor, target_id) if find else None


def name_targets(links: Iterable[PromoLink]) -> None:
    """Give each link a `target_name`, for lists. One query for all of them."""
    links = list(links)
    wanted = {each.target_id for each in links if each.kind == Kind.PRODUCT}
    names = dict(Product.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    for link in links:
        known = names.get(link.target_id) if link.kind == Kind.PRODUCT else None
        link.target_name = known or link.get_kind_display()
