"""One settled period of a stage bonus: who reached which step, and what became of it."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.commissions.models import BonusPeriod
from apps.console.views.base import console_page, render_page
from apps.core.pages import page_of

PEOPLE_PER_PAGE = 50


@console_page("commissions.view_bonusperiod")
def bonus_period(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures the period was settled on, as they were written down then."""
    period = get_object_or_404(BonusPeriod.objects.select_related("merchant", "plan"), pk=pk)
    figures = period.figures
    page = page_of(request, figures["people"], PEOPLE_PER_PAGE)
    return render_page(
        request,
        "console/bonus_period.html",
        _("Stage bonus %(number)s, %(days)s") % {"number": period.number, "days": period.days_text},
        period=period,
        figures=figures,
        amounts={
            key: Decimal(figures[key]) if figures[key] is not None else None
            for key in ("pool", "sales", "bonus", "paid")
        },
        page=page,
        people=[_person(each) for each in page.object_list],
    )


def _person(figure: dict[str, Any]) -> dict[str, Any]:
    step = {key: Decimal(value) for key, value in figure["step"].items()}
    amounts = {key: Decimal(figure[key]) for key in ("net_sales", "bonus", "after_pool", "paid")}
    return figure | amounts | {"step": step}
