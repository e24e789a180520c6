"""Simulations (试算): ask for one, watch it, read what it came to."""

import json
from datetime import timedelta
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.commissions.models import Commission, Plan, Simulation
from apps.commissions.services.rehearsal import Move
from apps.commissions.services.simulations import ask_for_simulation
from apps.commissions.tasks import wake_simulation
from apps.console.forms.plans import MoveForm, PeriodForm
from apps.console.views.base import StepView, console_page, render_page
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant

ADD = "commissions.add_simulation"
DAYS = 30
Status = Simulation.Status


@console_page("commissions.view_simulation")
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come; once done, cost and margin, who wins and loses, lines to look at."""
    related = ["merchant", "plan", "moved", "new_parent", "asked_by"]
    found = get_object_or_404(Simulation.objects.select_related(*related), pk=pk)
    is_part = "HX-Request" in request.headers
    return render_page(
        request,
        "console/parts/simulation_state.html" if is_part else "console/simulation.html",
        _("Simulation %(number)s") % {"number": found},
        subtitle=found.subject,
        simulation=found,
        result=found.result,
        currency=found.merchant.currency,
        is_open=found.status in (Status.WAITING, Status.RUNNING),
        can_move=found.moved is not None and request.user.has_perm("distributors.add_treemove"),
        chart=chart_data(found.result) if found.result else "",
        tables=breakdowns(found.result) if found.result else [],
    )


def breakdowns(result: dict[str, Any]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The result's breakdowns as tables: title, name of the first column, rows with a label."""
    kinds = dict(Commission.Kind.choices)
    depths = [{**row, "label": depth_name(row["key"])} for row in result["by_depth"]]
    levels = [{**row, "label": row["name"] or row["key"] or "—"} for row in result["by_level"]]
    by_kind = [{**row, "label": kinds.get(row["key"], row["key"])} for row in result["by_kind"]]
    return [
        (_("By depth"), _("Depth"), depths),
        (_("By level"), _("Level"), levels),
        (_("By kind"), _("Kind"), by_kind),
    ]


def depth_name(key: str) -> str:
    """“Depth 1”; kinds that do not follow the upline are others."""
    return _("Depth %(number)s") % {"number": key} if key else _("Other kinds")


def chart_data(result: dict[str, Any]) -> str:
    """Chart.js data: a pair of bars per depth, and per kind where there is more than one."""
    kinds = dict(Commission.Kind.choices)
    bars = [(depth_name(row["key"]), row) for row in result["by_depth"]]
    if len(result["by_kind"]) > 1:
        bars += [(str(kinds[row["key"]]), row) for row in result["by_kind"]]
    datasets = [
        {
            "label": str(label),
            "data": [float(row[side]) for _name, row in bars],
            "backgroundColor": f"var(--c-chart-{number})",
            "borderRadius": 3,
            "maxBarThickness": 36,
            "displayYAxis": True,
            # unfold lays bars over each other unless told otherwise.
            "grouped": True,
        }
        for number, (side, label) in enumerate(
            [("today", pgettext("simulation", "Today")), ("draft", _("Simulated"))], start=1
        )
    ]
    return json.dumps({"labels": [name for name, _row in bars], "datasets": datasets})


class _Ask(StepView):
    """Asks for a period and lets a worker rehearse it."""

    permission = ADD
    button = gettext_lazy("Simulate")
    done = gettext_lazy("A worker is taking the simulation up.")

    def initial(self, merchant: Merchant) -> dict[str, Any]:
        """The last 30 days, today included."""
        today = timezone.now().astimezone(merchant.zone).date()
        return {"date_from": today - timedelta(days=DAYS - 1), "date_to": today}

    def ask_for(self, obj: Any, values: dict[str, Any], **what: Any) -> HttpResponse:
        """Note it, wake a worker up, and show its page."""
        asked = ask_for_simulation(
            merchant=obj.merchant,
            date_from=values["date_from"],
            date_to=values["date_to"],
            actor=self.request.user,
            **what,
        )
        wake_simulation(asked)
        return redirect("console:simulation", asked.pk)


class SimulatePlan(_Ask):
    model = Plan
    title = gettext_lazy("Simulate")
    explanation = gettext_lazy(
        "The real orders of the period are computed again under this plan, and compared with what "
        "was really booked: cost, margin, who gains and who loses. Nothing is changed."
    )

    def get_form(self, obj: Plan, data: Any = None) -> Form:
        return PeriodForm(data, initial=self.initial(obj.merchant))

    def way_back(self, obj: Plan) -> str:
        return reverse("console:plan", args=[obj.pk])

    def take(self, obj: Plan, values: dict[str, Any]) -> HttpResponse:
        return self.ask_for(obj, values, plan=obj)


class RehearseMove(_Ask):
    model = Distributor
    title = gettext_lazy("Simulate a change of upline")
    explanation = gettext_lazy(
        "The real orders of the period are computed again as if this person, with the whole team, "
        "had stood under the new upline all along. Nothing is changed."
    )

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        initial = self.initial(obj.merchant) | {"upline": self.request.GET.get("upline", "")}
        return MoveForm(data, initial=initial, merchant=obj.merchant)

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:distributor", args=[obj.pk])

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        return self.ask_for(obj, values, plan=values["plan"], move=Move(obj, values["upline"]))
