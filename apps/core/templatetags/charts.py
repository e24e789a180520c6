"""Charts drawn by the server as SVG: no script, nothing loaded from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import template

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
                text=money_text(amount, currency),
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
