"""Payments, what providers said, what goes back, and what somebody must look at, as lists."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.admin_base import (
    STATE_COLOURS,
    ChoicesDropdownFilter,
    DayRangeFilter,
    DropdownFilter,
    ReadOnlyAdmin,
    display,
    money_column,
    state_column,
)
from apps.core.templatetags.money_display import money_text
from apps.payments.models import (
    Payment,
    PaymentFlag,
    PaymentNotice,
    PaymentRefund,
    TransferProof,
)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    story_url = "console:payment"
    list_display = [
        "number",
        "state",
        "amount_column",
        "order",
        "way",
        "is_applied",
        "created_at",
        "paid_at",
    ]
    list_select_related = ["order"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("provider", ChoicesDropdownFilter),
        "is_applied",
        ("created_at", DayRangeFilter),
    ]
    search_fields = ["number", "transaction_id", "order__order_no"]
    search_help_text = _("Payment number, provider's number or order number")
    ordering = ["-created_at", "-pk"]

    state = state_column("status", _("status"))
    amount_column = money_column("amount", _("amount"))


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "provider", "verdict_text", "reason", "number", "sender"]
    list_filter = [
        ("verdict", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("provider", ChoicesDropdownFilter),
        ("received_at", DayRangeFilter),
    ]
    search_fields = ["number", "event_id", "digest"]
    search_help_text = _("Payment number, event or SHA-256")
    ordering = ["-received_at", "-pk"]

    @display(description=_("verdict"), ordering="verdict", label=STATE_COLOURS)
    def verdict_text(self, notice: PaymentNotice) -> tuple[str, str]:
        return notice.verdict, notice.get_verdict_display()


@admin.register(PaymentRefund)
class PaymentRefundAdmin(ReadOnlyAdmin):
    story_url = "console:payment"
    list_display = [
        "number",
        "state",
        "amount_column",
        "payment",
        "attempts",
        "last_error",
        "created_at",
        "finished_at",
    ]
    list_select_related = ["payment"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("payment__provider", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    ]
    search_fields = ["number", "payment__number", "payment__order__order_no"]
    search_help_text = _("Refund's, payment's or order's number")
    ordering = ["-created_at", "-pk"]

    state = state_column("status", _("status"))
    amount_column = money_column("amount", _("amount"))

    def story_of(self, obj: Model) -> int:
        return obj.payment_id


class OpenFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", pgettext_lazy("payment flag", "open")),
            ("settled", pgettext_lazy("payment flag", "settled")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "open":
            return queryset.filter(resolution="")
        return queryset.exclude(resolution="") if self.value() else queryset


@admin.register(PaymentFlag)
class PaymentFlagAdmin(ReadOnlyAdmin):
    story_url = "console:payment_flag"
    list_display = [
        "kind_text",
        "state_text",
        "amount_text",
        "provider",
        "number",
        "created_at",
        "resolved_by",
    ]
    list_select_related = ["resolved_by"]
    list_filter = [
        OpenFilter,
        ("kind", ChoicesDropdownFilter),
        ("provider", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    ]
    search_fields = ["number", "transaction_id", "payment__order__order_no"]
    search_help_text = _("Payment number, provider's number or order number")
    ordering = ["-created_at", "-pk"]

    @display(description=pgettext_lazy("payment flag", "what"), ordering="kind")
    def kind_text(self, flag: PaymentFlag) -> str:
        return flag.get_kind_display()

    @display(description=_("state"), label=STATE_COLOURS)
    def state_text(self, flag: PaymentFlag) -> tuple[str, str]:
        return flag.state, flag.get_resolution_display()

    @display(description=_("amount"), ordering="amount")
    def amount_text(self, flag: PaymentFlag) -> str:
        # Providers settle in yuan; what leads to no merchant has no other currency either.
        currency = flag.merchant.currency if flag.merchant else "CNY"
        return "—" if flag.amount is None else money_text(flag.amount, currency)


@admin.register(TransferProof)
class TransferProofAdmin(ReadOnlyAdmin):
    story_url = "console:transfer_proof"
    list_display = ["order", "state", "payer_name", "submitted_at", "decided_at", "decided_by"]
    list_select_related = ["order", "decided_by"]
    list_filter = [("status", ChoicesDropdownFilter), ("submitted_at", DayRangeFilter)]
    search_fields = ["order__order_no", "payer_name"]
    search_help_text = _("Order number or account holder")
    ordering = ["-submitted_at", "-pk"]

    state = state_column("status", _("status"))
