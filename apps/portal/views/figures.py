"""What my links bring: from the click to the paid order, by link and by material."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.pages import page_of
from apps.portal.access import distributor_page
from apps.portal.forms import PeriodForm
from apps.promotion.models import Material, PromoLink
from apps.promotion.selectors.funnel import (
    Funnel,
    Period,
    clicks_by_day,
    funnels,
    ranked_by_clicks,
    whole_funnel,
)
from apps.promotion.selectors.targets import name_targets

# Days, for those who do not choose dates; the first is shown unasked.
PERIODS = (30, 7, 90)
LONGEST = timedelta(days=366)


def last_days(request: HttpRequest, days: int = PERIODS[0]) -> Period:
    """So many days up to today."""
    today = timezone.localdate()
    return Period(today - timedelta(days=days - 1), today, request.merchant.zone)


@require_safe
@distributor_page
def promotion(request: HttpRequest) -> HttpResponse:
    """The funnel of a period, clicks by day, and each link or material with its own figures."""
    me = request.distributor
    form = PeriodForm(request.GET if "first" in request.GET else None)
    period, days = _period(request, form)
    by = "material" if request.GET.get("by") == "material" else "link"
    page = page_of(request, ranked_by_clicks(period, by, me))
    keys = [row["key"] for row in page.object_list]
    figures = funnels(period, by=by, distributor=me, keys=keys)
    rows = _links(keys) if by == "link" else Material.objects.in_bulk(keys)
    page.object_list = [(rows[key], figures.get(key, Funnel())) for key in keys]
    return render(
        request,
        "portal/promotion.html",
        {
            "page_title": _("Promotion figures"),
            "period": period,
            "days": days,
            "periods": sorted(PERIODS),
            "form": form,
            "by": by,
            "whole": whole_funnel(period, me),
            "points": clicks_by_day(period, me),
            "page": page,
        },
    )


def _period(request: HttpRequest, form: PeriodForm) -> tuple[Period, int]:
    """The days asked for; what is missing or too long is cut to a year. Second: 0 for own dates."""
    if form.is_bound and form.is_valid():
        today = timezone.localdate()
        last = form.cleaned_data["last"] or today
        first = form.cleaned_data["first"] or last - timedelta(days=PERIODS[0] - 1)
        return Period(max(first, last - LONGEST), last, request.merchant.zone), 0
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else PERIODS[0]
    return last_days(request, days), days


def _links(keys: list[int]) -> dict[int, PromoLink]:
    links = PromoLink.objects.select_related("material").in_bulk(keys)
    name_targets(links.values())
    return links
