"""The geometry of the server-drawn charts."""

from datetime import date
from decimal import Decimal

from apps.core.templatetags.charts import bar_chart, lay_out_bars

DAYS = [date(2026, 3, day) for day in range(1, 5)]


def points(*amounts):
    return list(zip(DAYS, map(Decimal, amounts), strict=False))


def test_the_best_day_fills_the_height_and_the_others_are_in_proportion():
    bars, zero = lay_out_bars(points("10", "40", "0", "20"), "CNY")

    assert zero == "100.0"
    assert [(bar.y, bar.height) for bar in bars] == [
        ("75.0", "25.0"), ("0.0", "100.0"), ("100.0", "0.0"), ("50.0", "50.0"),
    ]  # fmt: skip


def test_bars_share_the_width_evenly():
    bars, _zero = lay_out_bars(points("1", "1"), "CNY")

    assert [(bar.x, bar.width) for bar in bars] == [("95.0", "310.0"), ("595.0", "310.0")]


def test_a_day_of_more_refunds_than_sales_hangs_below_zero():
    bars, zero = lay_out_bars(points("30", "-10"), "CNY")

    assert zero == "75.0"
    assert [(bar.y, bar.height, bar.is_minus) for bar in bars] == [
        ("0.0", "75.0", False), ("75.0", "25.0", True),
    ]  # fmt: skip
    assert bars[1].text == "−¥10.00"


def test_nothing_earned_draws_no_bars_and_divides_by_nothing():
    bars, zero = lay_out_bars(points("0", "0"), "CNY")

    assert zero == "100.0"
    assert [bar.height for bar in bars] == ["0.0", "0.0"]


def test_the_chart_tells_its_total_and_best_day_to_readers():
    context = bar_chart(points("10", "-4"), "CNY", "Earned")

    assert (context["total"], context["highest"]) == (Decimal("6"), Decimal("10"))
