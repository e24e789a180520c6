"""Amounts per day of a merchant, for charts and for “today”."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Aggregate, QuerySet
from django.db.models.functions import TruncDate

NOTHING = Decimal("0.00")
CHART_DAYS = 30

Daily = dict[date, Decimal]
Series = list[tuple[date, Decimal]]


def per_day(rows: QuerySet, moment: str, figure: Aggregate, zone) -> dict[date, object]:
    """Day in `zone` → figure, in one grouped query; days without rows are absent."""
    by_day = rows.order_by().annotate(day=TruncDate(moment, tzinfo=zone)).values("day")
    return dict(by_day.annotate(figure=figure).values_list("day", "figure"))


def series(daily: Daily, last: date, days: int = CHART_DAYS) -> Series:
    """(day, amount) for the `days` days that end with `last`, oldest first, zeros included."""
    first = last - timedelta(days=days - 1)
    return [(day, daily.get(day, NOTHING)) for day in (first + timedelta(n) for n in range(days))]


def total(daily: Daily, days: Iterable[date]) -> Decimal:
    """The sum over some days."""
    return sum((daily.get(day, NOTHING) for day in days), NOTHING)
