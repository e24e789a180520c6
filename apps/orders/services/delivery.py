"""Setting a merchant's rules of delivery and of what happens by itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.core.money import MoneyError, to_minor
from apps.orders.models import ShippingRegion, ShopSettings

FIELDS = frozenset(
    {
        "unpaid_minutes",
        "complete_days",
        "shipping_fee",
        "free_from",
        "delivery_words",
        "return_words",
    }
)


class ShopSettingsRefused(Refused):
    """The settings were left as they were; the message says what to change."""


@transaction.atomic
def save_shop_settings(
    *, merchant, surcharges: Mapping[str, Decimal | None] | None = None, **values: Any
) -> ShopSettings:
    """Change a merchant's settings: any of FIELDS; amounts in major units.

    `surcharges`, when given, replaces all of them: province → amount, or None for one that is not
    delivered to. Orders already placed keep what they cost. Raises ShopSettingsRefused.
    """
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"Not a setting: {', '.join(sorted(unknown))}")
    found = ShopSettings.objects.get_or_create(merchant=merchant)[0]
    settings = ShopSettings.objects.select_for_update().get(pk=found.pk)
    for name, value in values.items():
        setattr(settings, name, value)
    try:
        for amount in (settings.shipping_fee, settings.free_from, *(surcharges or {}).values()):
            _check_amount(amount)
        settings.full_clean()
    except ValidationError as error:
        raise ShopSettingsRefused("\n".join(error.messages)) from error
    settings.save()
    if surcharges is not None:
        ShippingRegion.objects.filter(merchant=merchant).delete()
        ShippingRegion.objects.bulk_create(
            ShippingRegion(merchant=merchant, region=region, surcharge=amount)
            for region, amount in surcharges.items()
        )
    return settings


def _check_amount(amount: Decimal | None) -> None:
    if amount is None:
        return
    try:
        minor = to_minor(amount)
    except MoneyError as error:
        raise ValidationError(str(error)) from error
    if minor < 0:
        raise ValidationError(_("A fee is not negative."))
