"""People who may be one person, for somebody to look at."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
)
from apps.distributors.models import Distributor, DuplicateFlag


class OpenFilter(admin.SimpleListFilter):
    """Those nobody has looked at yet, first of all."""

    title = _("looked at")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple]:
        return [("1", _("not yet")), ("0", _("cleared"))]

    def queryset(self, request: HttpRequest, queryset):
        if self.value() in ("0", "1"):
            return queryset.filter(cleared_at__isnull=self.value() == "1")
        return queryset


@admin.register(DuplicateFlag)
class DuplicateFlagAdmin(ReadOnlyAdmin):
    list_display = [
        "kind",
        "first_link",
        "second_link",
        "noted_at",
        "cleared_at",
        "cleared_by",
        "reason",
        "clear",
    ]
    list_select_related = ["first", "second", "cleared_by"]
    list_filter = [("kind", ChoicesDropdownFilter), OpenFilter, ("noted_at", DayRangeFilter)]
    search_fields = [
        "first__code",
        "first__name",
        "first__phone",
        "second__code",
        "second__name",
        "second__phone",
    ]
    search_help_text = _("Code, name or phone")
    ordering = ["-noted_at", "-pk"]
    fields = ["kind", "first", "second", "noted_at", "cleared_at", "cleared_by", "reason"]

    @display(description=_("distributor"))
    def first_link(self, flag: DuplicateFlag) -> str:
        return _link(flag.first)

    @display(description=_("and"))
    def second_link(self, flag: DuplicateFlag) -> str:
        return _link(flag.second)

    @display(description="")
    def clear(self, flag: DuplicateFlag) -> str:
        if flag.cleared_at is not None:
            return ""
        link = reverse("console:clear_duplicate", args=[flag.pk])
        return format_html('<a href="{}">{}</a>', link, _("Clear"))


def _link(distributor: Distributor) -> str:
    link = reverse("console:distributor", args=[distributor.pk])
    return format_html('<a href="{}">{}</a>', link, distributor)
