"""A merchant's rules of delivery, and what they make an order cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from apps.core.regions import SEPARATOR
from apps.orders.models import Order, ShippingRegion, ShopSettings

ZERO = Decimal("0.00")


def shop_settings(merchant) -> ShopSettings:
    """The merchant's settings, or the defaults, unsaved. One query, in the merchant's scope."""
    found = ShopSettings.objects.filter(merchant=merchant).first()
    return found or ShopSettings(merchant=merchant)


def unpaid_until(order: Order) -> datetime | None:
    """When an unpaid order of a shop is to end by itself; None: never, or somebody looks first.

    Whether a payment is awaited then is not part of it. At most one query.
    """
    if order.source != Order.Source.SHOP or order.payment_claimed_at is not None:
        return None
    minutes = shop_settings(order.merchant).unpaid_minutes
    return None if minutes is None else order.placed_at + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class ShippingRules:
    """What sending costs, in major units. A surcharge of None: not delivered to that province."""

    fee: Decimal = ZERO
    free_from: Decimal | None = None
    surcharges: Mapping[str, Decimal | None] = field(default_factory=dict)

    @property
    def is_always_free(self) -> bool:
        """Whether sending costs nobody anything."""
        return not self.fee and not any(self.surcharges.values())


def shipping_rules(merchant, settings: ShopSettings | None = None) -> ShippingRules:
    """The merchant's rules; at most two queries, in the merchant's scope."""
    settings = settings or shop_settings(merchant)
    rows = ShippingRegion.objects.filter(merchant=merchant).order_by("region")
    return ShippingRules(
        fee=settings.shipping_fee,
        free_from=settings.free_from,
        surcharges=dict(rows.values_list("region", "surcharge")),
    )


def shipping_fee(rules: ShippingRules, *, region: str, goods: Decimal) -> Decimal | None:
    """What sending `goods` (major units, after discounts) to `region` costs; None: not delivered.

    The fee falls away from the amount on; a province's surcharge is always added. Pure.
    """
    surcharge = rules.surcharges.get(region.split(SEPARATOR)[0].strip(), ZERO)
    if surcharge is None:
        return None
    is_free = rules.free_from is not None and goods >= rules.free_from
    return (ZERO if is_free else rules.fee) + surcharge
