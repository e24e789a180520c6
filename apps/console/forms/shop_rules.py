"""What a merchant's shops charge for sending, and what their orders do by themselves."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from apps.core.regions import places_below
from apps.orders.models import ShopSettings

AMOUNT = {"max_digits": 13, "decimal_places": 2, "min_value": 0}


class ShopRulesForm(forms.ModelForm):
    """The settings, with one amount and one box for every province."""

    class Meta:
        model = ShopSettings
        fields = [
            "unpaid_minutes",
            "complete_days",
            "shipping_fee",
            "free_from",
            "delivery_words",
            "return_words",
        ]
        widgets = {
            "unpaid_minutes": UnfoldAdminIntegerFieldWidget(),
            "complete_days": UnfoldAdminIntegerFieldWidget(),
            "shipping_fee": UnfoldAdminDecimalFieldWidget(),
            "free_from": UnfoldAdminDecimalFieldWidget(),
            "delivery_words": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "return_words": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    def __init__(self, *args, surcharges: Mapping[str, Decimal | None], **kwargs):
        super().__init__(*args, **kwargs)
        for place in [*places_below(), None]:
            key, name = (place.code, place.name) if place else ("elsewhere", "")
            known, label = surcharges.get(name, Decimal(0)), name or _("Elsewhere")
            self.fields[f"surcharge_{key}"] = forms.DecimalField(
                label=label,
                required=False,
                initial=known or None,
                widget=UnfoldAdminDecimalFieldWidget(),
                **AMOUNT,
            )
            self.fields[f"refused_{key}"] = forms.BooleanField(
                label=_("not delivered"),
                required=False,
                initial=known is None,
                widget=UnfoldBooleanWidget(
                    attrs={"aria-label": _("%(place)s: not delivered") % {"place": label}}
                ),
            )

    @property
    def by_itself(self) -> list[forms.BoundField]:
        """What ends or completes an order without anybody."""
        return [self["unpaid_minutes"], self["complete_days"]]

    @property
    def shipping(self) -> list[forms.BoundField]:
        """What sending costs."""
        return [self["shipping_fee"], self["free_from"]]

    @property
    def words(self) -> list[forms.BoundField]:
        """What product pages say."""
        return [self["delivery_words"], self["return_words"]]

    @property
    def provinces(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Surcharge and box of every province."""
        keys = [*(place.code for place in places_below()), "elsewhere"]
        return [(self[f"surcharge_{key}"], self[f"refused_{key}"]) for key in keys]

    @property
    def surcharges(self) -> dict[str, Decimal | None]:
        """Province → what it costs more, None where nothing is delivered; of the cleaned form."""
        found: dict[str, Decimal | None] = {}
        for place in [*places_below(), None]:
            key, name = (place.code, place.name) if place else ("elsewhere", "")
            if self.cleaned_data[f"refused_{key}"]:
                found[name] = None
            elif amount := self.cleaned_data[f"surcharge_{key}"]:
                found[name] = amount
        return found

    @property
    def values(self) -> dict[str, Any]:
        """The settings themselves, of the cleaned form."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
