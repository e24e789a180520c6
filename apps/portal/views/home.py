"""The page a distributor opens ten times a day."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.portal import selectors
from apps.portal.access import distributor_page
from apps.products.selectors import announced_campaigns

CHART_DAYS = 30
LATEST = 5


@require_safe
@distributor_page
def home(request: HttpRequest) -> HttpResponse:
    """Available, pending, today and lifetime; 30 days as a chart; the latest earnings."""
    points = selectors.daily_earnings(request.distributor, days=CHART_DAYS)
    return render(
        request,
        "portal/home.html",
        {
            "page_title": _("Home"),
            "balances": selectors.balances_of(request.distributor),
            "points": points,
            "chart_total": sum(amount for _day, amount in points),
            "today": points[-1][1],
            "yesterday": points[-2][1],
            "suspension": selectors.suspension_of(request.distributor),
            "problems": selectors.shipping_problems_of(request.distributor)[:LATEST],
            "campaigns": announced_campaigns()[:LATEST],
            "latest": selectors.earnings_of(request.distributor)[:LATEST],
        },
    )
