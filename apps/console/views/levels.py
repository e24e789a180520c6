"""Levels: what one means, its form, who would change tonight, and why somebody changed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.commissions.engine.level_rules import Step
from apps.commissions.selectors.level_reviewing import findings_tonight, tomorrow_of
from apps.commissions.selectors.level_words import condition_rows, period_words
from apps.console.views.base import console_page, render_page
from apps.console.views.level_fields import GROUPS, LevelForm, values_of
from apps.console.views.plans import suggestions
from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.distributors.models import Distributor, Level, LevelChange, LevelGrace, LevelReview
from apps.orders.models import LevelGoods
from apps.orders.services.level_goods import save_level_with_goods
from apps.orders.services.lines import category_paths

ADD = "distributors.add_level"
CHANGE = "distributors.change_level"
PEOPLE_PER_PAGE = 50
NIGHTS = 7


@console_page("distributors.view_level")
def level(request: HttpRequest, pk: int) -> HttpResponse:
    """What a level gives and asks for, and who has it."""
    found = get_object_or_404(Level.objects.select_related("merchant"), pk=pk)
    with scope(merchant=found.merchant):
        goods = LevelGoods.objects.filter(level=found).select_related("product").order_by("pk")
        paths = category_paths()
        named = [
            (each.use, each.product.name if each.product_id else paths[each.category_id])
            for each in goods
        ]
        conditions = [
            {"terms": each, "period": period_words(each.period, each.days)}
            for each in found.conditions.order_by("pk")
        ]
        people = Distributor.objects.filter(level=found).exclude(
            status=Distributor.Status.TERMINATED
        )
        return render_page(
            request,
            "console/level.html",
            str(found),
            level=found,
            sells=[name for use, name in named if use == LevelGoods.Use.SELL],
            counts=[name for use, name in named if use == LevelGoods.Use.COUNT],
            conditions=conditions,
            people=people.count(),
            in_grace=LevelGrace.objects.filter(level=found, ended_on__isnull=True).count(),
            can_edit=request.user.has_perm(CHANGE),
        ).render()


@console_page(ADD)
def new_level(request: HttpRequest) -> HttpResponse:
    """A level from nothing."""
    if request.merchant is None:
        return render_page(request, "console/choose_first.html", _("New level"))
    return _fill_in(request, request.merchant, None)


@console_page(CHANGE)
def edit_level(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a level gives and asks for."""
    found = get_object_or_404(Level.objects.select_related("merchant"), pk=pk)
    return _fill_in(request, found.merchant, found)


def _fill_in(request: HttpRequest, merchant: Any, found: Level | None) -> HttpResponse:
    with scope(merchant=merchant):
        data = request.POST if request.method == "POST" else values_of(found)
        if found and request.method == "POST":
            data = data.copy()
            data["code"] = found.code
        form = LevelForm(data, is_new=found is None)
        refusal = None
        removed, _colon, place = request.POST.get("remove", "").partition(":")
        if request.POST.get("add") in GROUPS:
            form.add_row(request.POST["add"])
        elif removed in GROUPS and place.isdecimal():
            form.remove_row(removed, int(place))
        elif request.method == "POST" and (values := form.values()):
            try:
                saved = save_level_with_goods(merchant=merchant, level=found, **values)
            except Refused as refused:
                refusal = str(refused)
            else:
                return redirect("console:level", saved.pk)
        return render_page(
            request,
            "console/level_form.html",
            _("Edit level") if found else _("New level"),
            subtitle=str(found) if found else None,
            form=form,
            refusal=refusal,
            suggestions=suggestions(),
            way_back=reverse("console:level", args=[found.pk])
            if found
            else reverse("admin:distributors_level_changelist"),
        ).render()


@console_page("distributors.view_levelchange")
def tonight(request: HttpRequest) -> HttpResponse:
    """Whose level would change tonight, or whose grace would begin or end, as things stand now."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Levels tonight"))
    found = findings_tonight(merchant=merchant)
    levels = {each.pk: each for each in Level.objects.filter(merchant=merchant)}
    page = page_of(request, found, PEOPLE_PER_PAGE)
    names = dict(
        Distributor.objects.filter(
            pk__in=[each.person.pk for each in page.object_list]
        ).values_list("pk", "name")
    )
    steps = [each.decision.step for each in found]
    reviews = LevelReview.objects.filter(merchant=merchant).order_by("-day")
    return render_page(
        request,
        "console/levels_tonight.html",
        _("Levels tonight"),
        day=tomorrow_of(merchant),
        rows=[
            {
                "finding": each,
                "name": names[each.person.pk],
                "step": each.decision.step.name.lower(),
                "old": levels.get(each.person.level),
                "new": levels.get(each.decision.level),
                "needs_all": each.explanation["combine"] == "all",
                "conditions": condition_rows(each.explanation),
            }
            for each in page.object_list
        ],
        page=page,
        raised=steps.count(Step.RAISE),
        lowered=steps.count(Step.LOWER),
        graces=steps.count(Step.BEGIN_GRACE),
        reviews=list(reviews[:NIGHTS]),
        currency=merchant.currency,
    )


@console_page("distributors.view_levelchange")
def level_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of level: by whom or by which night, why, and on what figures."""
    related = ["merchant", "distributor", "event__actor", "old_level", "new_level"]
    found = get_object_or_404(LevelChange.objects.select_related(*related), pk=pk)
    return render_page(
        request,
        "console/level_change.html",
        _("Change of level"),
        subtitle=str(found.distributor),
        change=found,
        needs_all=found.explanation.get("combine") != "any",
        asked_of=found.explanation.get("level", ""),
        conditions=condition_rows(found.explanation),
    )


@console_page("distributors.view_levelgrace")
def level_grace(request: HttpRequest, pk: int) -> HttpResponse:
    """One grace: since when, until when, what was lacking, and how it ended."""
    related = ["merchant", "distributor", "level"]
    found = get_object_or_404(LevelGrace.objects.select_related(*related), pk=pk)
    return render_page(
        request,
        "console/level_grace.html",
        _("Grace period"),
        subtitle=str(found.distributor),
        grace=found,
        needs_all=found.explanation.get("combine") != "any",
        conditions=condition_rows(found.explanation),
    )
