"""Orders and refunds as lists; one order's story, and every step of it, is a console page."""

from typing import Any

from django.contrib import admin
from django.db.models import ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    DropdownFilter,
    ImportExportAdmin,
    ReadOnlyAdmin,
    display,
    money_column,
    state_column,
)
from apps.core.fields import MoneyField
from apps.orders.models import Order, OrderLine, Refund, Review, ShippingProblem
from apps.orders.resources import OrderExport, OrderImport, RefundExport, RefundImport


class ProblemFilter(DropdownFilter):
    """Orders that somebody said cannot be sent."""

    title = _("shipping")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple]:
        return [("1", _("cannot be shipped"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "1":
            return queryset
        return queryset.filter(
            pk__in=ShippingProblem.objects.filter(resolved_at=None).values("order")
        )


@admin.register(Order)
class OrderAdmin(ImportExportAdmin, ReadOnlyAdmin):
    story_url = "console:order"
    import_resource = OrderImport
    export_resource = OrderExport
    list_display = [
        "order_no",
        "state",
        "total_column",
        "customer",
        "distributor",
        "source",
        "placed_at",
        "paid_at",
    ]
    list_select_related = ["customer", "distributor"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ProblemFilter,
        ("distributor", AutocompleteSelectFilter),
        ("paid_at", DayRangeFilter),
    ]
    search_fields = [
        "order_no",
        "customer__identifier",
        "customer__name",
        "recipient_name",
        "recipient_phone",
        "distributor__code",
        "distributor__name",
    ]
    search_help_text = _("Order number, customer, recipient or distributor")
    ordering = ["-placed_at", "-pk"]

    state = state_column("status", _("status"))
    total_column = money_column("total", _("total"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
        paid = Subquery(
            lines.annotate(sum=Sum("paid_amount")).values("sum"), output_field=MoneyField()
        )
        # A sum of two money columns is a plain integer to Django, and would be shown in fen.
        total = ExpressionWrapper(
            Coalesce(paid, 0, output_field=MoneyField()) + F("shipping_amount"),
            output_field=MoneyField(),
        )
        return super().get_queryset(request).annotate(total=total)


@admin.register(Refund)
class RefundAdmin(ImportExportAdmin, ReadOnlyAdmin):
    story_url = "console:refund"
    import_resource = RefundImport
    export_resource = RefundExport
    list_display = [
        "refund_no",
        "order",
        "product",
        "state",
        "amount_column",
        "requested_at",
        "refunded_at",
    ]
    list_select_related = ["order_line__order"]
    list_filter = [("status", ChoicesDropdownFilter), ("refunded_at", DayRangeFilter)]
    search_fields = ["refund_no", "order_line__order__order_no", "order_line__title"]
    search_help_text = _("Refund number, order number or product")
    ordering = ["-requested_at", "-pk"]

    state = state_column("status", _("status"))
    amount_column = money_column("amount", _("amount"))

    @display(description=_("order"), ordering="order_line__order__order_no")
    def order(self, refund: Refund) -> str:
        return refund.order_line.order.order_no

    @display(description=_("product"))
    def product(self, refund: Refund) -> str:
        return refund.order_line.title


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """What customers said, the newest first; letting it through is a console page."""

    story_url = "console:review"
    list_display = ["product", "stars", "words", "author", "state", "written_at"]
    list_select_related = ["product"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        "stars",
        ("written_at", DayRangeFilter),
    ]
    search_fields = ["product__name", "words", "order_line__order__order_no"]
    search_help_text = _("Product, words or order number")
    ordering = ["-written_at", "-pk"]

    state = state_column("status", _("status"))
