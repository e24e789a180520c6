"""What a promo link leads to: one entry per kind, always a page of this site.

A further kind is a choice of `PromoLink.Kind` and a line in `TARGETS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.distributors.models import Distributor
from apps.orders.selectors import sellable
from apps.products.models import Campaign, CampaignLine, Product
from apps.products.selectors import announced_campaigns, listed_products
from apps.promotion.models import PromoLink

Kind = PromoLink.Kind


@dataclass(frozen=True, slots=True)
class Target:
    """A page to share: its path, what it is called, and for goods price and pictures.

    `picture`: the name of a stored one, where several goods are meant.
    """

    path: str
    title: str
    product: Product | None = None
    price: Decimal | None = None
    picture: str = ""


def shop_link(distributor: Distributor) -> str:
    """The path of the distributor's shop, /s/<shop code>/; a page adds the site's address."""
    return reverse("shop:home", args=[distributor.shop_code])


def goods_to_share(distributor: Distributor):
    """Products the distributor's level may sell and shops show now, newest first."""
    return listed_products().filter(sellable(distributor.level))


def campaigns_to_share(distributor: Distributor) -> QuerySet[Campaign]:
    """Campaigns that are announced and not over, with goods the distributor may sell."""
    goods = CampaignLine.objects.filter(sellable(distributor.level, "sku__product__"))
    listed = goods.filter(sku__product__is_listed=True, campaign=OuterRef("pk"))
    return announced_campaigns().filter(Exists(listed))


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


def _campaign(distributor: Distributor, target_id: int) -> Target | None:
    found = campaigns_to_share(distributor).filter(pk=target_id).first()
    if found is None:
        return None
    path = reverse("shop:campaign", args=[distributor.shop_code, found.pk])
    goods = goods_to_share(distributor).filter(pk__in=found.lines.values("sku__product"))
    picture = goods.exclude(image="").values_list("image", flat=True).first()
    return Target(path, found.name, picture=picture or "")


TARGETS: dict[str, Callable[[Distributor, int], Target | None]] = {
    Kind.SHOP: _shop,
    Kind.INVITATION: _invitation,
    Kind.PRODUCT: _product,
    Kind.CAMPAIGN: _campaign,
}

# Kinds whose targets have names of their own.
NAMED = {Kind.PRODUCT: Product, Kind.CAMPAIGN: Campaign}


def find_target(*, distributor: Distributor, kind: str, target_id: int = 0) -> Target | None:
    """The target as it is now; None when it is not there, not for sale, or another merchant's.

    In the merchant's scope; at most two queries, three for a campaign.
    """
    find = TARGETS.get(kind)
    return find(distributor, target_id) if find else None


def name_targets(links: Iterable[PromoLink]) -> None:
    """Give each link a `target_name`, for lists. A query for each kind with names that is there."""
    links = list(links)
    names = {}
    for kind, model in NAMED.items():
        if wanted := {each.target_id for each in links if each.kind == kind}:
            rows = model.objects.filter(pk__in=wanted).values_list("pk", "name")
            names |= {(kind, pk): name for pk, name in rows}
    for link in links:
        link.target_name = names.get((link.kind, link.target_id)) or link.get_kind_display()
