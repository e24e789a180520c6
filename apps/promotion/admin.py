"""Clicks as a list: evidence, to be looked at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
)
from apps.promotion.models import Click


@admin.register(Click)
class ClickAdmin(ReadOnlyAdmin):
    list_display = ["at", "distributor", "customer", "target", "referrer_host", "device"]
    list_select_related = ["distributor", "customer"]
    list_filter = [
        ("device", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "customer__identifier", "referrer_host"]
    search_help_text = _("Distributor's code, customer's phone, or where from")
    ordering = ["-at", "-pk"]
    fields = [
        "at", "distributor", "customer", "target", "referrer_host", "device", "visitor",
        "address_hash",
    ]  # fmt: skip
