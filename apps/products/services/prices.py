"""Prices per level, never below the floor of the SKU, whose row is the lock of them all."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.money import MoneyError, to_major, to_minor
from apps.distributors.models import Level
from apps.products.models import CampaignLine, LevelPrice, Sku
from apps.products.services.refusals import ProductRefused
from apps.products.services.stock import lock_skus


def read_amount(value: Decimal) -> Decimal:
    """An amount of major units, not negative. Raises ProductRefused."""
    try:
        minor = to_minor(value)
    except MoneyError as error:
        raise ProductRefused(
            _("“%(value)s” is not an amount with at most two decimals.") % {"value": value}
        ) from error
    if minor < 0:
        raise ProductRefused(_("Price and cost must not be negative."))
    return to_major(minor)


def check_floor(sku: Sku, price: Decimal) -> None:
    """Raises ProductRefused for a price below the lowest one allowed for this SKU."""
    if sku.floor_price is not None and price < sku.floor_price:
        raise ProductRefused(below_floor(sku, price))


def below_floor(sku: Sku, price: Decimal) -> str:
    """Why a price of this SKU is refused."""
    return _("%(sku)s: %(price)s is below the lowest price allowed, %(floor)s.") % {
        "sku": sku.code,
        "price": price,
        "floor": sku.floor_price,
    }


def check_new_floor(sku: Sku, at: datetime | None = None) -> None:
    """Raises ProductRefused where a level's price, or a campaign that is not over, goes below it.

    The SKU is locked and carries its new floor.
    """
    if sku.floor_price is None or sku.pk is None:
        return
    of_levels = LevelPrice.objects.filter(sku=sku).aggregate(low=Min("price"))["low"]
    lines = CampaignLine.objects.filter(
        sku=sku, campaign__ends_at__gt=at or timezone.now(), campaign__stopped_at=None
    )
    for lowest in (of_levels, lines.aggregate(low=Min("price"))["low"]):
        if lowest is not None and lowest < sku.floor_price:
            raise ProductRefused(below_floor(sku, lowest))


@transaction.atomic
def set_level_prices(*, sku: Sku, prices: Mapping[Level, Decimal | None]) -> bool:
    """Give levels a price of their own for a SKU, in major units; None takes it away.

    Levels not named keep what they have. Whether anything changed. Raises ProductRefused, with
    nothing changed, for a price below the SKU's floor, above its own price or another merchant's
    level.
    """
    sku = lock_skus([sku.pk])[sku.pk]
    known = {row.level_id: row for row in LevelPrice.objects.filter(sku=sku)}
    changed = False
    for level, price in prices.items():
        if level.merchant_id != sku.merchant_id:
            raise ProductRefused(_("This level belongs to another merchant."))
        row = known.get(level.pk)
        if price is None:
            if row is not None:
                row.delete()
                changed = True
            continue
        price = read_amount(price)
        check_floor(sku, price)
        if price > sku.price:
            raise ProductRefused(
                _("%(sku)s: a level's price is not above the SKU's own, %(price)s.")
                % {"sku": sku.code, "price": sku.price}
            )
        if row is None or row.price != price:
            row = row or LevelPrice(merchant_id=sku.merchant_id, sku=sku, level=level)
            row.price = price
            row.save()
            changed = True
    return changed
