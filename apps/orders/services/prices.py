"""What a customer pays for goods, by who they are and when: the one place that decides it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from apps.core.money import percent_of, to_basis_points, to_major, to_minor
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant
from apps.products.models import LevelPrice, Sku
from apps.products.selectors import Price, prices_for
from apps.products.selectors.pricing import CAMPAIGN, LEVEL, REGULAR

OWN = "own"
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class LinePrice:
    """One line as it would be sold; amounts in major units.

    `reason`: regular, level (their level's price), own (their level's discount) or campaign.
    """

    sku: Sku
    quantity: int
    unit_price: Decimal
    discount: Decimal
    reason: str
    price: Price

    @property
    def total(self) -> Decimal:
        """What the line costs."""
        return self.unit_price * self.quantity - self.discount

    @property
    def regular_total(self) -> Decimal:
        """What it costs anybody, outside campaigns."""
        return self.price.regular * self.quantity

    @property
    def is_reduced(self) -> bool:
        """Whether it costs less than anybody pays outside campaigns."""
        return self.total < self.regular_total


def line_prices(
    *,
    skus: Iterable[Sku],
    items: Mapping[int, int],
    buyer: Distributor | None,
    at: datetime | None = None,
) -> dict[int, LinePrice]:
    """SKU id → what its line costs; `items` maps SKU id → quantity. Two queries, however many.

    `buyer` comes from `discounted_buyer`; `at` is aware, default now. Reductions never add up: a
    level's price for a SKU replaces the level's discount there, and a running campaign counts only
    where its price is lower than what the buyer pays anyway.
    """
    skus = list(skus)
    prices = prices_for(skus, buyer.level if buyer else None, at)
    return {sku.pk: _line_price(sku, items[sku.pk], prices[sku.pk], buyer) for sku in skus}


def _line_price(sku: Sku, quantity: int, price: Price, buyer: Distributor | None) -> LinePrice:
    unit_price, discount, reason = price.regular, NOTHING, REGULAR
    if price.level_price is not None and price.level_price < unit_price:
        unit_price, reason = price.level_price, LEVEL
    elif price.level_price is None:
        discount = own_discount(buyer, unit_price * quantity)
        reason = OWN if discount else REGULAR
    campaign = price.campaign_price
    if campaign is not None and campaign * quantity < unit_price * quantity - discount:
        unit_price, discount, reason = campaign, NOTHING, CAMPAIGN
    return LinePrice(sku, quantity, unit_price, discount, reason, price)


def own_discount(buyer: Distributor | None, amount: Decimal) -> Decimal:
    """What the buyer's level takes off `amount` (major units), rounded half up; 0 without one."""
    if buyer is None or buyer.level is None:
        return NOTHING
    return to_major(percent_of(to_minor(amount), to_basis_points(buyer.level.own_discount)))


def discounted_buyer(merchant: Merchant, person: Distributor | None) -> Distributor | None:
    """The person as they are now, if their level has prices or a discount of its own. One query.

    Nobody for somebody of another merchant, not active, or without such a level.
    """
    if person is None:
        return None
    of_level = LevelPrice.objects.filter(merchant=merchant, level=OuterRef("level"))
    buyers = Distributor.objects.filter(
        Q(level__own_discount__gt=0) | Exists(of_level), pk=person.pk, merchant=merchant
    )
    return buyers.filter(status=Distributor.Status.ACTIVE).select_related("level").first()
