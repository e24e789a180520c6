"""Levels, distributors and customers as lists. One distributor's story is a page of the console."""

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
    ConsoleAdmin,
    DayRangeFilter,
    ImportExportAdmin,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
    display,
    state_column,
)
from apps.distributors.models import Customer, Distributor, Level, Store
from apps.distributors.resources import (
    DistributorExport,
    DistributorImport,
    LevelExport,
    LevelImport,
)
from apps.distributors.services.levels import save_level
from apps.distributors.services.registration import register_distributor
from apps.distributors.services.stores import save_store


@admin.register(Level)
class LevelAdmin(ImportExportAdmin):
    import_resource = LevelImport
    export_resource = LevelExport
    fields = ["code", "name", "rank"]
    list_display = ["name", "code", "rank", "people"]
    search_fields = ["name", "code"]
    ordering = ["-rank"]

    def get_readonly_fields(self, request: HttpRequest, obj: Level | None = None) -> list[str]:
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Level, form: forms.Form, change: bool) -> None:
        saved = save_level(
            merchant=obj.merchant if change else request.merchant,
            level=obj if change else None,
            code=obj.code,
            name=obj.name,
            rank=obj.rank,
        )
        self.adopt(obj, saved)

    @display(description=_("distributors"))
    def people(self, level: Level) -> int:
        return level.people or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Level]:
        people = Distributor.objects.filter(level=OuterRef("pk")).order_by().values("level")
        return (
            super()
            .get_queryset(request)
            .annotate(people=Subquery(people.annotate(n=Count("pk")).values("n")))
        )


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


@admin.register(Store)
class StoreAdmin(ConsoleAdmin):
    list_display = ["name", "code", "keeper", "address", "is_active"]
    list_select_related = ["keeper"]
    search_fields = ["name", "code", "keeper__code", "keeper__name"]
    ordering = ["code"]
    fields = ["code", "name", "keeper", "address", "is_active"]
    autocomplete_fields = ["keeper"]

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Store, form: forms.Form, change: bool) -> None:
        saved = save_store(
            merchant=obj.merchant if change else request.merchant,
            store=obj if change else None,
            code=obj.code,
            name=obj.name,
            keeper=obj.keeper,
            address=obj.address,
            is_active=obj.is_active,
        )
        self.adopt(obj, saved)


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["identifier", "name", "created_at"]
    search_fields = ["identifier", "name"]
    search_help_text = _("Phone, identifier or name")
    ordering = ["-pk"]
    fields = ["identifier", "name", "created_at"]
