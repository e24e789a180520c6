"""Where goods lie, whom they come from, and every movement."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ChoicesDropdownFilter,
    ConsoleAdmin,
    DayRangeFilter,
    DropdownFilter,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
    display,
    money_column,
)
from apps.products.models import Sku, StockMovement, Supplier, Warehouse, WarehouseStock
from apps.products.services.places import save_supplier, save_warehouse


class LowStockFilter(DropdownFilter):
    """What somebody wanted to hear of."""

    title = _("stock")
    parameter_name = "low"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple]:
        return [("1", _("low")), ("0", _("none left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "1":
            return queryset.filter(low_stock__isnull=False, stock__lte=F("low_stock"))
        return queryset.filter(stock=0) if self.value() == "0" else queryset


@admin.register(Sku)
class SkuAdmin(ReadOnlyAdmin):
    """Stock at a glance; a SKU's own page tells where it lies and what it costs whom."""

    story_url = "console:sku"
    list_display = ["code", "product", "combination", "price_column", "stock", "low_stock"]
    list_select_related = ["product"]
    list_filter = [LowStockFilter, ("supplier", RelatedDropdownFilter)]
    search_fields = ["code", "product__name", "product__code"]
    search_help_text = _("SKU, product or product code")
    ordering = ["stock", "code"]

    price_column = money_column("price", _("price"))


@admin.register(Supplier)
class SupplierAdmin(ConsoleAdmin):
    list_display = ["name", "code", "contact", "phone", "is_active"]
    search_fields = ["name", "code", "contact", "phone"]
    ordering = ["code"]
    fields = ["code", "name", "contact", "phone", "note", "is_active"]

    def save_model(
        self, request: HttpRequest, obj: Supplier, form: forms.Form, change: bool
    ) -> None:
        saved = save_supplier(
            merchant=obj.merchant if change else request.merchant,
            supplier=obj if change else None,
            **{name: form.cleaned_data[name] for name in self.fields},
        )
        self.adopt(obj, saved)


@admin.register(Warehouse)
class WarehouseAdmin(ConsoleAdmin):
    list_display = ["name", "code", "kind", "store", "rank", "pieces", "is_active"]
    list_select_related = ["store"]
    search_fields = ["name", "code"]
    ordering = ["kind", "rank", "pk"]
    fields = ["code", "name", "kind", "store", "rank", "is_active"]
    autocomplete_fields = ["store"]

    @display(description=_("pieces"))
    def pieces(self, warehouse: Warehouse) -> int:
        return warehouse.piece_count or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Warehouse]:
        stocks = WarehouseStock.objects.filter(warehouse=OuterRef("pk")).order_by()
        total = stocks.values("warehouse").annotate(sum=Sum("quantity")).values("sum")
        return super().get_queryset(request).annotate(piece_count=Subquery(total))

    def save_model(
        self, request: HttpRequest, obj: Warehouse, form: forms.Form, change: bool
    ) -> None:
        saved = save_warehouse(
            merchant=obj.merchant if change else request.merchant,
            warehouse=obj if change else None,
            **{name: form.cleaned_data[name] for name in self.fields},
        )
        self.adopt(obj, saved)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """The stock ledger; nothing in it is ever changed."""

    list_display = ["at", "sku", "warehouse", "change", "reason", "document", "actor"]
    list_select_related = ["sku", "warehouse", "actor"]
    list_filter = [
        ("reason", ChoicesDropdownFilter),
        ("warehouse", RelatedDropdownFilter),
        ("at", DayRangeFilter),
    ]
    search_fields = ["sku__code", "sku__product__name", "document"]
    search_help_text = _("SKU, product or document")
    ordering = ["-at", "-pk"]
    fields = ["at", "sku", "warehouse", "change", "reason", "document", "note", "actor"]
    readonly_fields = ["change"]

    @display(description=_("change"), ordering="quantity")
    def change(self, movement: StockMovement) -> str:
        return f"{movement.quantity:+d}"
