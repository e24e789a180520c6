"""Distributors as a list. One distributor's story is a page of the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ImportExportAdmin,
    RelatedDropdownFilter,
    display,
    state_column,
)
from apps.distributors.models import Distributor
from apps.distributors.resources import (
    DistributorExport,
    DistributorImport,
)
from apps.distributors.services.registration import register_distributor


@admin.register(Distributor)
class DistributorAdmin(ImportExportAdmin):
    """In tree order: everybody stands below their upline, indented by depth."""

    story_url = "console:distributor"
    import_resource = DistributorImport
    export_resource = DistributorExport
    list_display = [
        "indented_name",
        "code",
        "level",
        "state",
        "upline",
        "direct",
        "phone",
        "joined_at",
    ]
    list_select_related = ["level", "parent"]
    list_filter = [
        ("level", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("parent", AutocompleteSelectFilter),
        ("joined_at", DayRangeFilter),
    ]
    search_fields = ["code", "name", "phone", "shop_code"]
    search_help_text = _("Code, name or phone")
    ordering = ["tree_id", "lft"]
    sortable_by = ["code", "level", "state", "joined_at"]
    fields = ["code", "name", "phone", "level", "parent", "joined_at"]
    autocomplete_fields = ["parent"]

    state = state_column("status", _("status"))

    @display(description=pgettext_lazy("person", "name"))
    def indented_name(self, distributor: Distributor) -> str:
        if not distributor.tree_depth:
            return distributor.name
        return format_html(
            '<span class="c-depth" aria-hidden="true">{}└ </span>{}',
            "　" * (min(distributor.tree_depth, 8) - 1),
            distributor.name,
        )

    @display(description=_("upline"), ordering="parent__code")
    def upline(self, distributor: Distributor) -> str:
        return str(distributor.parent) if distributor.parent else "—"

    @display(description=_("direct"))
    def direct(self, distributor: Distributor) -> int:
        return distributor.child_count or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Distributor]:
        children = Distributor.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
        return (
            super()
            .get_queryset(request)
            .annotate(child_count=Subquery(children.annotate(n=Count("pk")).values("n")))
        )

    def save_model(
        self, request: HttpRequest, obj: Distributor, form: forms.Form, change: bool
    ) -> None:
        values: dict[str, Any] = {name: form.cleaned_data[name] for name in self.fields}
        self.adopt(
            obj, register_distributor(merchant=request.merchant, actor=request.user, **values)
        )
