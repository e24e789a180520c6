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
from apps.products.selectors.stock import FEW, Availability, availability, in_reach


@dataclass(frozen=True, slots=True)
class Choice:
    """One SKU to one visitor: what a piece costs them, and how many can be had."""

    price: LinePrice
    stock: Availability

    @property
    def sku(self) -> Sku:
        """What it is."""
        return self.price.sku


@dataclass(frozen=True, slots=True)
class Offer:
    """One product to one visitor."""

    choices: Sequence[Choice]

    @property
    def to_be_had(self) -> Sequence[Choice]:
        """Those that can be had in any way."""
        return [choice for choice in self.choices if choice.stock.most]

    @property
    def best(self) -> LinePrice:
        """The cheapest that can be had; of goods that are sold out, the cheapest."""
        return min(self._prices, key=lambda price: price.total)

    @property
    def is_from(self) -> bool:
        """Whether others cost more than the best."""
        return len({price.total for price in self._prices}) > 1

    @property
    def first(self) -> Choice | None:
        """What to choose to begin with: one that is sent, else one for pickup, else none."""
        found = self.to_be_had
        return next((each for each in found if each.stock.delivery), found[0] if found else None)

    @property
    def is_pickup_only(self) -> bool:
        """Whether some can be had, and none of them by parcel."""
        found = self.to_be_had
        return bool(found) and not any(choice.stock.delivery for choice in found)

    @property
    def few(self) -> int:
        """How many are left of all together, when that is few; else 0."""
        left = sum(choice.stock.most for choice in self.choices)
        return left if left <= FEW else 0

    @property
    def _prices(self) -> Sequence[LinePrice]:
        return [choice.price for choice in self.to_be_had or self.choices]


def offers_of(
    skus: Iterable[Sku], buyer: Distributor | None, at: datetime | None = None
) -> dict[int, Offer]:
    """Product id → what its SKUs among `skus` cost `buyer`, and how they can be had.

    Three queries at most, however many. `buyer` comes from `discounted_buyer`; `at` is aware,
    default now.
    """
    skus = list(skus)
    prices = line_prices(skus=skus, items={sku.pk: 1 for sku in skus}, buyer=buyer, at=at)
    stock = availability(skus)
    found: dict[int, list[Choice]] = {}
    for sku in skus:
        found.setdefault(sku.product_id, []).append(Choice(prices[sku.pk], stock[sku.pk]))
    return {product_id: Offer(each) for product_id, each in found.items()}


def with_price_to_pay(
    products: QuerySet[Product], buyer: Distributor | None, at: datetime | None = None
) -> QuerySet[Product]:
    """Each product with `to_pay`, in minor units: the total of its `Offer.best`, to sort by."""
    skus = Sku.objects.filter(product=OuterRef("pk")).annotate(
        to_pay=_to_pay(buyer, at or timezone.now()),
        is_gone=Case(When(in_reach(OuterRef("pk")), then=0), default=1),
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
