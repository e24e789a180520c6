"""Plans as a list that leads to their workshop; commissions and stage runs to be read."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.commissions.models import Appeal, BonusPeriod, Commission, Plan, Simulation, StageRun
from apps.commissions.resources import CommissionExport
from apps.commissions.selectors import PENDING, RELEASED, with_state
from apps.core.admin_base import (
    STATE_COLOURS,
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    ConsoleAdmin,
    DayRangeFilter,
    DropdownFilter,
    ExportAdmin,
    ReadOnlyAdmin,
    display,
    money_column,
    rate_column,
    state_column,
)
from apps.core.templatetags.console_ui import duration_text
from apps.core.templatetags.money_display import money_text

STATE_NAMES = {PENDING: _("pending"), RELEASED: _("released")}


@admin.register(Plan)
class PlanAdmin(ConsoleAdmin):
    story_url = "console:plan"
    list_display = ["__str__", "state", "depths", "effective_from", "effective_to", "activated_by"]
    list_select_related = ["activated_by"]
    search_fields = ["name"]
    ordering = ["-version"]

    @display(description=_("status"), label=STATE_COLOURS)
    def state(self, plan: Plan) -> tuple[str, str]:
        status = plan.status_at(timezone.now())
        return status, Plan.Status(status).label

    @display(description=_("depths"))
    def depths(self, plan: Plan) -> int:
        return plan.document["depths"]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.merchant is None:
            return self.ask_for_merchant(request)
        return redirect("console:new_plan")


class DepthFilter(DropdownFilter):
    """By depth, without looking through the table for the depths there are."""

    title = _("depth")
    parameter_name = "depth"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(depth), str(depth)) for depth in (1, 2, 3)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(depth=self.value()) if self.value() else queryset


@admin.register(Commission)
class CommissionAdmin(ExportAdmin, ReadOnlyAdmin):
    """A row leads to its order, where the figure is explained."""

    story_url = "console:order"
    export_resource = CommissionExport
    list_display = [
        "line",
        "beneficiary",
        "kind",
        "depth",
        "base",
        "rate_text",
        "amount_text",
        "state",
        "plan",
        "earned_at",
    ]
    list_select_related = ["order_line__order", "beneficiary", "plan"]
    list_filter = [
        ("beneficiary", AutocompleteSelectFilter),
        DepthFilter,
        ("earned_at", DayRangeFilter),
    ]
    search_fields = [
        "order_line__order__order_no",
        "beneficiary__code",
        "beneficiary__name",
    ]
    search_help_text = _("Order number or beneficiary")
    ordering = ["-earned_at", "-pk"]

    base = money_column("base_amount", _("base"))
    rate_text = rate_column("rate", _("rate"))
    amount_text = money_column("amount", _("amount"))

    def story_of(self, obj: Commission) -> int:
        return obj.order_line.order_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commission]:
        return with_state(super().get_queryset(request))

    @display(description=_("order line"), ordering="order_line__order__order_no")
    def line(self, commission: Commission) -> str:
        return f"{commission.order_line.order.order_no} / {commission.order_line.line_no}"

    @display(description=_("status"), label={**STATE_COLOURS, "pending": "warning"})
    def state(self, commission: Commission) -> tuple[str, str]:
        if commission.refund_id and commission.amount > 0:
            return commission.state, _("refund undone")
        if commission.refund_id:
            return "reversed", _("taken back")
        return commission.state, STATE_NAMES[commission.state]


@admin.register(BonusPeriod)
class BonusPeriodAdmin(ReadOnlyAdmin):
    """Periods whose stage bonuses are settled; a row leads to everybody's figures."""

    story_url = "console:bonus_period"
    list_display = ["last_moment", "bonus", "plan", "winners", "paid"]
    list_select_related = ["plan"]
    list_filter = [("ends_at", DayRangeFilter)]
    ordering = ["-ends_at", "number"]

    @display(description=_("period"), ordering="ends_at")
    def last_moment(self, period: BonusPeriod) -> str:
        return period.days_text

    @display(description=_("bonus"), ordering="number")
    def bonus(self, period: BonusPeriod) -> int:
        return period.number

    @display(description=_("reached a step"))
    def winners(self, period: BonusPeriod) -> int:
        return len(period.figures["people"])

    @display(description=_("paid as bonus"))
    def paid(self, period: BonusPeriod) -> str:
        return money_text(Decimal(period.figures["paid"]), period.merchant.currency)


@admin.register(StageRun)
class StageRunAdmin(ReadOnlyAdmin):
    """Every pass that did something, failed or was asked for; a row leads to its page."""

    story_url = "console:stage_run"
    list_before_template = "console/parts/run_stages.html"
    list_display = ["started_at", "who", "state", "took", "made", "short_error"]
    list_select_related = ["actor"]
    list_filter = [("origin", ChoicesDropdownFilter), ("started_at", DayRangeFilter)]
    ordering = ["-pk"]

    @display(description=_("status"), label=STATE_COLOURS)
    def state(self, run: StageRun) -> tuple[str, str]:
        state = run.state_at(timezone.now())
        return state, StageRun.State(state).label

    @display(description=_("started by"))
    def who(self, run: StageRun) -> str:
        return f"{run.actor or run.get_origin_display()}"

    @display(description=_("duration"))
    def took(self, run: StageRun) -> str:
        return duration_text(run.duration)

    @display(description=_("rows made"))
    def made(self, run: StageRun) -> str:
        return " · ".join(f"{name} {count}" for name, count in run.made)

    @display(description=_("error"))
    def short_error(self, run: StageRun) -> str:
        return truncatechars(run.error, 80)


@admin.register(Simulation)
class SimulationAdmin(ReadOnlyAdmin):
    """Rehearsals that were asked for; a row leads to its result."""

    story_url = "console:simulation"
    list_display = ["created_at", "subject", "date_from", "date_to", "state", "asked_by"]
    list_select_related = ["plan", "moved", "new_parent", "asked_by"]
    list_filter = [("status", ChoicesDropdownFilter), ("created_at", DayRangeFilter)]
    ordering = ["-pk"]

    state = state_column("status", _("status"))

    @display(description=_("rehearsed"))
    def subject(self, simulation: Simulation) -> str:
        return simulation.subject


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    story_url = "console:appeal"
    list_display = [
        "order",
        "distributor",
        "state",
        "short_reason",
        "opened_at",
        "closed_at",
        "answered_by",
    ]
    list_select_related = ["order", "distributor", "answered_by"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("opened_at", DayRangeFilter),
    ]
    search_fields = ["order__order_no", "distributor__code", "distributor__name"]
    search_help_text = _("Order number, distributor's code or name")
    ordering = ["-opened_at", "-pk"]

    state = state_column("status", _("status"))

    @display(description=_("reason"))
    def short_reason(self, appeal: Appeal) -> str:
        return truncatechars(appeal.reason, 60)
