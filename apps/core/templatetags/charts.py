"""Charts drawn by the server as SVG: no script, nothing loaded from elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.templatetags.money_display import money_text

register = template.Library()

WIDTH = 1000
HEIGHT = 100
FILL = 0.62
# A cent beside a good day would be thinner than a hair.
THINNEST = 1.5


@dataclass(frozen=True)
class Bar:
    """One day's rectangle, in the units of the drawing (1000 wide, 100 high, y downwards)."""

    day: date
    text: str
    x: str
    y: str
    width: str
    height: str
    is_minus: bool


def _coordinate(value: float) -> str:
    return f"{value:.1f}"


def lay_out_bars(points: Sequence[tuple[date, Decimal]], currency: str) -> tuple[list[Bar], str]:
    """The bars of a chart and the y of its zero line; zero is always inside the drawing."""
    return _lay_out(points, lambda amount: money_text(amount, currency))


def _lay_out(
    points: Sequence[tuple[date, Any]], text_of: Callable[[Any], str]
) -> tuple[list[Bar], str]:
    highest = max((float(amount) for _, amount in points), default=0.0)
    lowest = min((float(amount) for _, amount in points), default=0.0)
    top, bottom = max(highest, 0.0), min(lowest, 0.0)
    span = (top - bottom) or 1.0
    zero = HEIGHT * top / span if top - bottom else HEIGHT
    slot = WIDTH / max(len(points), 1)
    bars = []
    for index, (day, amount) in enumerate(points):
        height = max(HEIGHT * abs(float(amount)) / span, THINNEST) if amount else 0.0
        y = zero if amount < 0 else zero - height
        bars.append(
            Bar(
                day=day,
                text=text_of(amount),
                x=_coordinate(slot * (index + (1 - FILL) / 2)),
                y=_coordinate(y),
                width=_coordinate(slot * FILL),
                height=_coordinate(height),
                is_minus=amount < 0,
            )
        )
    return bars, _coordinate(zero)


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(points: Sequence[tuple[date, Decimal]], currency: str, title: str) -> dict:
    """Daily amounts as bars, oldest first; `points` are (day, amount in major units)."""
    bars, zero = lay_out_bars(points, currency)
    amounts = [amount for _, amount in points]
    return {
        "bars": bars,
        "zero": zero,
        "currency": currency,
        "title": title,
        "total": sum(amounts, Decimal(0)),
        "highest": max(amounts, default=Decimal(0)),
        "middle": bars[len(bars) // 2] if len(bars) > 10 else None,
    }


@register.inclusion_tag("components/count_chart.html")
def count_chart(points: Sequence[tuple[date, int]], title: str) -> dict:
    """How many there were each day, as bars, oldest first."""
    bars, zero = _lay_out(points, str)
    counts = [count for _day, count in points]
    return {
        "bars": bars,
        "zero": zero,
        "title": title,
        "total": sum(counts),
        "highest": max(counts, default=0),
        "middle": bars[len(bars) // 2] if len(bars) > 10 else None,
    }


@register.inclusion_tag("components/funnel.html")
def funnel_chart(funnel: Any) -> dict:
    """Clicks, visitors, bound, orders and paid below each other, as wide as they are many."""
    figures = (
        (pgettext("funnel", "Clicks"), funnel.clicks, False),
        (pgettext("funnel", "Visitors"), funnel.visitors, False),
        (pgettext("funnel", "Bound"), funnel.bound, True),
        (pgettext("funnel", "Orders"), funnel.orders, True),
        (pgettext("funnel", "Paid"), funnel.paid, True),
    )
    most = max(count for _name, count, _is_share in figures) or 1
    return {
        "rows": [
            {
                "name": name,
                "count": count,
                "width": _coordinate(WIDTH * count / most),
                "share": _share(count, funnel.visitors) if is_share else "",
            }
            for name, count, is_share in figures
        ]
    }


def _share(part: int, whole: int) -> str:
    if not whole:
        return ""
    return _("%(share)s of visitors") % {"share": f"{100 * part / whole:.1f}%"}
