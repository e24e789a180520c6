"""The day at a glance."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.console.selectors import latest_runs, to_do
from apps.insights.selectors import merchant_figures


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's hook for the home page: the merchant's figures, or the way to choose a merchant."""
    context["title"] = _("Home")
    if request.merchant is None:
        return {**context, "merchant": None}
    figures = merchant_figures(merchant=request.merchant)
    return {
        **context,
        "merchant": request.merchant,
        "currency": request.merchant.currency,
        "figures": figures,
        "chart": chart_data(figures.sales_series, figures.commission_series),
        "to_do": to_do(),
        "runs": latest_runs(),
        "now": timezone.now(),
    }


def chart_data(sales: list[tuple[date, Decimal]], commission: list[tuple[date, Decimal]]) -> str:
    """Chart.js data for the canvas that unfold's script draws: one bar and one line a day."""
    return json.dumps(
        {
            "labels": [date_format(day, "n-j") for day, _amount in sales],
            "datasets": [
                {
                    "type": "line",
                    "label": str(_("Commission")),
                    "data": [float(amount) for _day, amount in commission],
                    "borderColor": "var(--c-chart-2)",
                    "backgroundColor": "var(--c-chart-2)",
                    "tension": 0.3,
                    "displayYAxis": True,
                    "maxTicksXLimit": 8,
                },
                {
                    "label": str(_("Sales")),
                    "data": [float(amount) for _day, amount in sales],
                    "backgroundColor": "var(--c-chart-1)",
                    "borderRadius": 3,
                    "maxBarThickness": 14,
                    "displayYAxis": True,
                    "maxTicksXLimit": 8,
                },
            ],
        }
    )
