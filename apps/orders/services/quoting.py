"""What an order would cost now: the same reckoning for cart, checkout and placing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.distributors.models import Distributor, Store
from apps.orders.models import Coupon
from apps.orders.selectors.delivery import ZERO, ShippingRules, shipping_fee
from apps.orders.services.coupon_rules import Priced, coupon_shares
from apps.orders.services.prices import line_prices
from apps.orders.services.refusals import OrderRefused
from apps.products.models import Sku

__all__ = ["OrderQuote", "OrderRefused", "QuotedLine", "quote_lines", "quote_order"]


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """So many of one SKU, at today's price; amounts in major units.

    `discount` is what the buyer's level takes off, `coupon` the line's share of a coupon.
    """

    sku: Sku
    quantity: int
    unit_price: Decimal
    discount: Decimal
    coupon: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Before discounts."""
        return self.unit_price * self.quantity

    @property
    def paid(self) -> Decimal:
        """What the customer pays for the line."""
        return self.amount - self.discount - self.coupon


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
    def coupon(self) -> Decimal:
        """What a coupon takes off."""
        return sum((line.coupon for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.goods - self.discount - self.coupon + (self.shipping or ZERO)


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
    coupon: Coupon | None = None,
) -> OrderQuote:
    """What `items` (SKU id → quantity) of these SKUs cost `buyer`, sent to `region`.

    A region of None: not known yet. Picked up at a store, there is no fee. The coupon is one that
    `check_coupon` let through. Raises OrderRefused where the merchant does not deliver, and
    CouponRefused, which is one, as `coupon_shares` does.
    """
    lines = quote_lines(skus=skus, items=items, buyer=buyer)
    if coupon is not None:
        shares = coupon_shares(coupon, [Priced(x.sku, x.quantity, x.paid) for x in lines])
        lines = [replace(line, coupon=off) for line, off in zip(lines, shares, strict=True)]
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
