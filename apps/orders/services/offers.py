"""What goods are offered at to one visitor: the cards of a list and the page of a product."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Least
from django.utils import timezone

from apps.core.money import BASIS_POINTS, to_basis_points
from apps.distributors.models import Distributor
from apps.orders.services.prices import LinePrice, line_prices
from apps.products.models import CampaignLine, LevelPrice, Product, Sku
from apps.products.selectors.pricing import running


@dataclass(frozen=True, slots=True)
class Offer:
    """One product to one visitor: what a piece of each of its SKUs costs them."""

    prices: Sequence[LinePrice]

    @property
    def best(self) -> LinePrice:
        """The cheapest that can be had; of goods that are sold out, the cheapest."""
        return min(self._shown, key=lambda price: price.total)

    @property
    def is_from(self) -> bool:
        """Whether others cost more than the best."""
        return len({price.total for price in self._shown}) > 1

    @property
    def _shown(self) -> Sequence[LinePrice]:
        return [price for price in self.prices if price.sku.stock > 0] or self.prices


def offers_of(
    skus: Iterable[Sku], buyer: Distributor | None, at: datetime | None = None
) -> dict[int, Offer]:
    """Product id → what its SKUs among `skus` cost `buyer`. Two queries at most, however many.

    `buyer` comes from `discounted_buyer`; `at` is aware, default now.
    """
    skus = list(skus)
    prices = line_prices(skus=skus, items={sku.pk: 1 for sku in skus}, buyer=buyer, at=at)
    found: dict[int, list[LinePrice]] = {}
    for price in prices.values():
        found.setdefault(price.sku.product_id, []).append(price)
    return {product_id: Offer(each) for product_id, each in found.items()}


def with_price_to_pay(
    products: QuerySet[Product], buyer: Distributor | None, at: datetime | None = None
) -> QuerySet[Product]:
    """Each product with `to_pay`, in minor units: the total of its `Offer.best`, to sort by."""
    skus = Sku.objects.filter(product=OuterRef("pk")).annotate(
        to_pay=_to_pay(buyer, at or timezone.now()),
        is_gone=Case(When(stock__gt=0, then=0), default=1),
    )
    best = skus.order_by("is_gone", "to_pay").values("to_pay")[:1]
    return products.annotate(to_pay=Subquery(best))


def _to_pay(buyer: Distributor | None, at: datetime) -> Least:
    """What `line_prices` says one piece of a SKU costs, as SQL, in minor units."""
    price = Cast(F("price"), BigIntegerField())
    lines = CampaignLine.objects.filter(running(at, "campaign__"), sku=OuterRef("pk"))
    campaign = _minor(lines.order_by("price"))
    if buyer is None or buyer.level is None:
        return Least(price, Coalesce(campaign, price))
    rate = to_basis_points(buyer.level.own_discount)
    # Rounded half up, as everywhere.
    own = price - (price * Value(2 * rate) + Value(BASIS_POINTS)) / Value(2 * BASIS_POINTS)
    of_level = _minor(LevelPrice.objects.filter(level=buyer.level, sku=OuterRef("pk")))
    return Least(price, Coalesce(of_level, own), Coalesce(campaign, price))


def _minor(prices: QuerySet) -> Subquery:
    return Subquery(prices.values("price")[:1], output_field=BigIntegerField())
