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
from django_scopes import scope

from apps.commissions.models import Plan
from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.plan_checks import find_warnings
from apps.commissions.services.plans import activate_plan, draft_plan, edit_draft
from apps.console.forms.plans import ActivatePlanForm, PlanDocumentForm
from apps.console.views.base import StepView, console_page, render_page
from apps.console.views.plan_fields import PlanForm
from apps.console.views.plan_values import rules_of_levels, values_of
from apps.console.views.plan_words import changes_between, further_words
from apps.distributors.models import Level
from apps.orders.services.lines import category_paths
from apps.products.models import Product, Sku

# More suggestions than this make the page slow; codes can be typed all the same.
SUGGESTIONS = 500
VERSIONS = 20
GROUPS = ("rules", "rates", "agents", "steps0", "steps1", "steps2")
# Not a row to add, but one for every default rate of a level.
LEVEL_RATES = "level_rates"
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
    # Whoever may see every merchant looks at the plan of one.
    with scope(merchant=found.merchant):
        active = Plan.objects.in_force_at(timezone.now()).exclude(pk=found.pk).first()
        # What was activated is settled: its goods and prices were those of another day.
        warnings = (
            find_warnings(merchant=found.merchant, document=found.document)
            if found.is_draft
            else []
        )
        levels = dict(Level.objects.values_list("code", "name"))
        versions = list(Plan.objects.order_by("-version")[:VERSIONS])
    return render_page(
        request,
        "console/plan.html",
        str(found),
        plan=found,
        terms=found.document,
        ceiling=Decimal((found.document["ceiling"] or {}).get("percent", 0)),
        rules=rules_in_order(found, levels),
        kinds=further_words(found.document, levels, found.merchant.currency),
        warnings=warnings,
        active=active,
        changes=changes_between(active.document, found.document) if active else [],
        versions=[_version(each) for each in versions],
        status=status,
        status_name=Plan.Status(status).label,
        document=as_text(found.document),
        can_edit=found.is_draft and request.user.has_perm(CHANGE),
        can_copy=request.user.has_perm(ADD),
        can_simulate=request.user.has_perm("commissions.add_simulation"),
    )


def _version(found: Plan) -> dict[str, Any]:
    status = found.status_at(timezone.now())
    return {"plan": found, "status": status, "status_name": Plan.Status(status).label}


def rules_in_order(found: Plan, levels: dict[str, str]) -> list[dict[str, Any]]:
    """The rules as the page shows them: by depth, then the most specific first."""
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
    """Draft a plan in a form: from a copy of the newest one, or from nothing."""
    if request.merchant is None:
        return render_page(request, "console/choose_first.html", _("New plan"))
    return _fill_in(request, request.merchant, None, _start_document(request))


@console_page(ADD)
def new_plan_json(request: HttpRequest) -> HttpResponse:
    """Draft a plan from a file, or typed."""
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
    if source:
        return source.document
    levels = Level.objects.filter(merchant=request.merchant).order_by("-rank")
    by_level = rules_of_levels(levels, FIRST_DOCUMENT["depths"])
    return FIRST_DOCUMENT | {"rules": [*FIRST_DOCUMENT["rules"], *by_level]}


@console_page(CHANGE)
def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft in a form."""
    found = get_object_or_404(Plan.objects.select_related("merchant"), pk=pk)
    if not found.is_draft:
        return redirect("console:plan", found.pk)
    return _fill_in(request, found.merchant, found, found.document)


@console_page(CHANGE)
def edit_plan_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the document of a draft."""
    found = get_object_or_404(Plan.objects.select_related("merchant"), pk=pk)
    if not found.is_draft:
        return redirect("console:plan", found.pk)
    return _edit(request, found, found.document)


def _fill_in(
    request: HttpRequest, merchant: Any, found: Plan | None, document: dict[str, Any]
) -> HttpResponse:
    with scope(merchant=merchant):
        by_rank = list(Level.objects.order_by("-rank"))
        levels = [(each.code, each.name) for each in by_rank]
        form = PlanForm(request.POST or values_of(document), levels)
        problems = []
        if request.POST.get("add") == LEVEL_RATES:
            depths = form.head.value("depths")
            form.add_rules(
                rules_of_levels(by_rank, int(depths) if depths in ("1", "2", "3") else 1)
            )
        elif request.POST.get("add") in GROUPS:
            form.add_row(request.POST["add"])
        elif removed := _removed_row(request.POST.get("remove", "")):
            form.remove_row(*removed)
        elif request.method == "POST" and form.is_valid():
            try:
                saved = _save(merchant, found, form.document())
            except PlanRefused as refused:
                problems = form.show(refused.problems)
            else:
                return redirect("console:plan", saved.pk)
        return render_page(
            request,
            "console/plan_fields.html",
            _("Edit draft") if found else _("New plan"),
            subtitle=str(found) if found else None,
            plan=form,
            problems=problems,
            has_level_rates=any(each.default_rates for each in by_rank),
            suggestions=suggestions(),
            json_address=_address("json", found, request),
            way_back=_way_back(found),
        ).render()


def _removed_row(posted: str) -> tuple[str, int] | None:
    group, _colon, place = posted.partition(":")
    return (group, int(place)) if group in GROUPS and place.isdecimal() else None


def suggestions() -> list[tuple[str, list[str]]]:
    """What may stand in a rule, by scope."""
    skus = Sku.objects.order_by("code").values_list("code", flat=True)[:SUGGESTIONS]
    products = Product.objects.order_by("code").values_list("code", flat=True)[:SUGGESTIONS]
    categories = sorted(category_paths().values())[:SUGGESTIONS]
    return [("sku", list(skus)), ("product", list(products)), ("category", categories)]


def _address(way: str, found: Plan | None, request: HttpRequest) -> str:
    """The address of the other way to edit the same plan."""
    suffix = "_json" if way == "json" else ""
    if found:
        return reverse(f"console:edit_plan{suffix}", args=[found.pk])
    copied = request.GET.get("copy", "")
    query = f"?copy={copied}" if copied.isdecimal() else ""
    return reverse(f"console:new_plan{suffix}") + query


def _way_back(found: Plan | None) -> str:
    if found:
        return reverse("console:plan", args=[found.pk])
    return reverse("admin:commissions_plan_changelist")


def _edit(request: HttpRequest, found: Plan | None, document: dict[str, Any]) -> HttpResponse:
    form = PlanDocumentForm(
        request.POST or None, request.FILES or None, initial={"document": as_text(document)}
    )
    problems = []
    merchant = found.merchant if found else request.merchant
    if request.method == "POST" and form.is_valid():
        try:
            with scope(merchant=merchant):
                saved = _save(merchant, found, form.cleaned_data["content"])
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
        form_address=_address("form", found, request),
        way_back=_way_back(found),
    )


def _save(merchant: Any, found: Plan | None, content: str | bytes | dict) -> Plan:
    if found is None:
        return draft_plan(merchant=merchant, content=content)
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
        with scope(merchant=obj.merchant):
            self.warnings = find_warnings(merchant=obj.merchant, document=obj.document)
        return ActivatePlanForm(
            data,
            needs_acknowledgement=obj.document["depths"] > 1,
            can_lose_money=any(each.loses_money for each in self.warnings),
        )

    def ask(self, obj: Plan, form: Form) -> HttpResponse:
        answer = super().ask(obj, form)
        answer.context_data["warnings"] = self.warnings
        return answer

    def way_back(self, obj: Plan) -> str:
        return reverse("console:plan", args=[obj.pk])

    def take(self, obj: Plan, values: dict[str, Any]) -> None:
        activate_plan(
            plan=obj,
            effective_from=values["effective_from"],
            acknowledged_by=values.get("acknowledged_by", ""),
            actor=self.request.user,
        )
