"""The plan workshop: read a plan's rules, draft, copy and activate one."""

import json
from decimal import Decimal
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.commissions.models import Plan
from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.plans import activate_plan, draft_plan, edit_draft
from apps.console.forms import ActivatePlanForm, PlanDocumentForm
from apps.console.views.base import StepView, console_page, render_page
from apps.distributors.models import Level

CHANGE = "commissions.change_plan"
ADD = "commissions.add_plan"
FIRST_DOCUMENT = {
    "name": "",
    "depths": 1,
    "base": "paid",
    "hold_days": 7,
    "self_purchase": False,
    "compression": False,
    "ceiling": {"of": "paid", "percent": "30"},
    "rules": [{"depth": 1, "percent": "10"}],
}
# Scopes from the most specific to the least: the order in which rules are asked.
SCOPE_NAMES = {
    "sku": gettext_lazy("SKU"),
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
}


@console_page("commissions.view_plan")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: its terms, its rules in the order they are asked, its document."""
    found = get_object_or_404(Plan.objects.select_related("merchant", "activated_by"), pk=pk)
    status = found.status_at(timezone.now())
    return render_page(
        request,
        "console/plan.html",
        str(found),
        plan=found,
        terms=found.document,
        ceiling=Decimal((found.document["ceiling"] or {}).get("percent", 0)),
        rules=rules_in_order(found),
        status=status,
        status_name=Plan.Status(status).label,
        document=as_text(found.document),
        can_edit=found.is_draft and request.user.has_perm(CHANGE),
        can_copy=request.user.has_perm(ADD),
        can_simulate=request.user.has_perm("commissions.add_simulation"),
    )


def rules_in_order(found: Plan) -> list[dict[str, Any]]:
    """The rules as the page shows them: by depth, then the most specific first."""
    levels = dict(Level.objects.filter(merchant=found.merchant_id).values_list("code", "name"))
    rows = []
    for rule in found.document["rules"]:
        scope = next((each for each in SCOPE_NAMES if each in rule), "")
        level = rule.get("level", "")
        rows.append(
            {
                "depth": rule["depth"],
                "rank": (list(SCOPE_NAMES).index(scope) if scope else len(SCOPE_NAMES), not level),
                "scope": SCOPE_NAMES.get(scope, ""),
                "target": rule.get(scope, ""),
                "level": levels.get(level, level),
                "percent": Decimal(rule["percent"]) if "percent" in rule else None,
                "amount": rule.get("amount"),
            }
        )
    return sorted(rows, key=lambda row: (row["depth"], row["rank"], row["target"]))


def as_text(document: dict[str, Any]) -> str:
    """The document as people edit it."""
    return json.dumps(document, ensure_ascii=False, indent=2)


@console_page(ADD)
def new_plan(request: HttpRequest) -> HttpResponse:
    """Draft a plan: from a copy of the newest one, from a file, or typed."""
    if request.merchant is None:
        return render_page(request, "console/choose_first.html", _("New plan"))
    return _edit(request, None, _start_document(request))


def _start_document(request: HttpRequest) -> dict[str, Any]:
    copied = request.GET.get("copy", "")
    plans = Plan.objects.filter(merchant=request.merchant)
    if copied:
        source = get_object_or_404(plans, pk=copied) if copied.isdecimal() else None
    else:
        source = plans.order_by("-version").first()
    return source.document if source else FIRST_DOCUMENT


@console_page(CHANGE)
def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the document of a draft."""
    found = get_object_or_404(Plan, pk=pk)
    if not found.is_draft:
        return redirect("console:plan", found.pk)
    return _edit(request, found, found.document)


def _edit(request: HttpRequest, found: Plan | None, document: dict[str, Any]) -> HttpResponse:
    form = PlanDocumentForm(
        request.POST or None, request.FILES or None, initial={"document": as_text(document)}
    )
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, found, form.cleaned_data["content"])
        except PlanRefused as refused:
            problems = refused.problems
        else:
            return redirect("console:plan", saved.pk)
    return render_page(
        request,
        "console/plan_form.html",
        _("Edit draft") if found else _("New plan"),
        subtitle=str(found) if found else None,
        form=form,
        problems=problems,
        way_back=reverse("console:plan", args=[found.pk])
        if found
        else reverse("admin:commissions_plan_changelist"),
    )


def _save(request: HttpRequest, found: Plan | None, content: str | bytes) -> Plan:
    if found is None:
        return draft_plan(merchant=request.merchant, content=content)
    return edit_draft(plan=found, content=content)


class ActivatePlan(StepView):
    model = Plan
    permission = CHANGE
    form_class = ActivatePlanForm
    title = gettext_lazy("Activate plan")
    explanation = gettext_lazy(
        "The plan in force now ends when this one takes effect. An activated plan never changes: "
        "to change anything, copy it to a new draft."
    )
    button = gettext_lazy("Activate")
    done = gettext_lazy("Plan activated.")

    def get_form(self, obj: Plan, data: Any = None) -> Form:
        return ActivatePlanForm(data, needs_acknowledgement=obj.document["depths"] > 1)

    def way_back(self, obj: Plan) -> str:
        return reverse("console:plan", args=[obj.pk])

    def take(self, obj: Plan, values: dict[str, Any]) -> None:
        activate_plan(
            plan=obj,
            effective_from=values["effective_from"],
            acknowledged_by=values.get("acknowledged_by", ""),
            actor=self.request.user,
        )
