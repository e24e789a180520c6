"""Withdrawals to review in bulk, payout batches, write-offs. One of each is a console page."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_scopes import scope

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ExportAdmin,
    ReadOnlyAdmin,
    action,
    display,
    money_column,
    state_column,
)
from apps.core.errors import Refused
from apps.core.fields import MoneyField
from apps.payouts.models import DebtWriteOff, Payout, PayoutBatch, PayoutFreeze, Withdrawal
from apps.payouts.resources import WithdrawalExport
from apps.payouts.services.batches import make_batch
from apps.payouts.services.withdrawals import approve_withdrawal


@admin.register(Withdrawal)
class WithdrawalAdmin(ExportAdmin, ReadOnlyAdmin):
    story_url = "console:withdrawal"
    export_resource = WithdrawalExport
    list_display = [
        "__str__",
        "distributor",
        "amount_column",
        "state",
        "payout_account",
        "submitted_at",
        "reviewed_by",
    ]
    list_select_related = ["distributor", "payout_account", "reviewed_by"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("submitted_at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "distributor__name", "distributor__phone"]
    search_help_text = _("Distributor's code, name or phone")
    ordering = ["-submitted_at", "-pk"]
    actions = ["approve_selected", "pay_selected"]

    state = state_column("status", _("status"))
    amount_column = money_column("amount", _("amount"))

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payouts.change_withdrawal")

    def has_pay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payouts.add_payoutbatch")

    @action(description=_("Approve the selected withdrawals"), permissions=["review"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Withdrawal]) -> None:
        """Each one for itself: one that no longer awaits review does not hold up the others."""
        approved = 0
        for withdrawal in queryset.order_by("pk"):
            try:
                with scope(merchant=withdrawal.merchant):
                    approve_withdrawal(withdrawal=withdrawal, actor=request.user)
            except Refused as refused:
                messages.error(request, f"{withdrawal}: {refused}")
            else:
                approved += 1
        if approved:
            messages.success(
                request,
                ngettext("%(n)s withdrawal approved.", "%(n)s withdrawals approved.", approved)
                % {"n": approved},
            )

    @action(description=_("Put the selected into a payout batch"), permissions=["pay"])
    def pay_selected(
        self, request: HttpRequest, queryset: QuerySet[Withdrawal]
    ) -> HttpResponse | None:
        """All or none of them, in one batch of one merchant."""
        if request.merchant is None:
            return self.ask_for_merchant(request)
        try:
            batch = make_batch(merchant=request.merchant, withdrawals=queryset, actor=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
            return None
        return redirect("console:batch", batch.pk)


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    story_url = "console:batch"
    list_display = [
        "__str__",
        "state",
        "lines",
        "total_column",
        "made_by",
        "made_at",
        "approved_by",
        "downloaded_at",
    ]
    list_select_related = ["made_by", "approved_by"]
    list_filter = [("status", ChoicesDropdownFilter), ("made_at", DayRangeFilter)]
    ordering = ["-pk"]

    state = state_column("status", _("status"))
    total_column = money_column("total", _("total"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayoutBatch]:
        payouts = Payout.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
        return (
            super()
            .get_queryset(request)
            .annotate(
                line_count=Subquery(payouts.annotate(n=Count("pk")).values("n")),
                total=Subquery(
                    payouts.annotate(sum=Sum("amount")).values("sum"), output_field=MoneyField()
                ),
            )
        )

    @admin.display(description=_("lines"), ordering="line_count")
    def lines(self, batch: PayoutBatch) -> int:
        return batch.line_count or 0


@admin.register(PayoutFreeze)
class PayoutFreezeAdmin(ReadOnlyAdmin):
    list_display = ["frozen_at", "faults", "cleared_at", "cleared_by", "reason", "clear"]
    list_select_related = ["cleared_by"]
    ordering = ["-frozen_at", "-pk"]

    @display(description="")
    def clear(self, freeze: PayoutFreeze) -> str:
        if freeze.cleared_at is not None:
            return ""
        link = reverse("console:clear_freeze", args=[freeze.pk])
        return format_html('<a href="{}">{}</a>', link, _("Let payouts go on"))


@admin.register(DebtWriteOff)
class DebtWriteOffAdmin(ReadOnlyAdmin):
    story_url = "console:write_off"
    list_display = [
        "__str__",
        "distributor",
        "amount_column",
        "state",
        "reason",
        "proposed_by",
        "proposed_at",
        "decided_by",
    ]
    list_select_related = ["distributor", "proposed_by", "decided_by"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("proposed_at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "distributor__name", "distributor__phone"]
    search_help_text = _("Distributor's code, name or phone")
    ordering = ["-pk"]

    state = state_column("status", _("status"))
    amount_column = money_column("amount", _("amount"))
