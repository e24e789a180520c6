"""What an order would cost now: the same reckoning for cart, checkout and placing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.distributors.models import Distributor, Store
from apps.orders.selectors.delivery import ZERO, ShippingRules, shipping_fee
from apps.orders.services.prices import line_prices
from apps.products.models import Sku


class OrderRefused(Refused):
    """An order was not placed; the message tells the customer what to change."""


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """So many of one SKU, at today's price; amounts in major units."""

    sku: Sku
    quantity: int
    unit_price: Decimal
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        """Before the discount."""
        return self.unit_price * self.quantity

    @property
    def paid(self) -> Decimal:
        """What the customer pays for the line."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """What an order would cost. `shipping` is None while nobody knows where it goes."""

    lines: Sequence[QuotedLine]
    shipping: Decimal | None

    @property
    def goods(self) -> Decimal:
        """All lines before discounts."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def discount(self) -> Decimal:
        """What the buyer's level takes off."""
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.goods - self.discount + (self.shipping or ZERO)


def quote_lines(
    *, skus: Sequence[Sku], items: Mapping[int, int], buyer: Distributor | None
) -> list[QuotedLine]:
    """What so many of these SKUs cost this visitor now: what is shown, and what is taken."""
    prices = line_prices(skus=skus, items=items, buyer=buyer).values()
    return [QuotedLine(each.sku, each.quantity, each.unit_price, each.discount) for each in prices]


def quote_order(
    *,
    skus: Sequence[Sku],
    items: Mapping[int, int],
    buyer: Distributor | None,
    rules: ShippingRules,
    region: str | None,
    store: Store | None = None,
) -> OrderQuote:
    """What `items` (SKU id → quantity) of these SKUs cost `buyer`, sent to `region`.

    A region of None: not known yet. Picked up at a store, there is no fee. Raises OrderRefused
    where the merchant does not deliver.
    """
    lines = quote_lines(skus=skus, items=items, buyer=buyer)
    if store is not None:
        return OrderQuote(lines, ZERO)
    if region is None:
        return OrderQuote(lines, ZERO if rules.is_always_free else None)
    goods = sum((line.paid for line in lines), ZERO)
    shipping = shipping_fee(rules, region=region, goods=goods)
    if shipping is None:
        raise OrderRefused(
            _("Nothing is delivered to %(region)s: choose another address, or pick it up.")
            % {"region": region or _("your region")}
        )
    return OrderQuote(lines, shipping)
