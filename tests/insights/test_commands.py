import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from tests.factories import DistributorFactory, LevelFactory
from tests.insights.rows import earn, moment, sell
from tests.payouts.money import Kind, fund

IN_MARCH = moment("2026-03-10T12:00:00+08:00")
MARCH = ["--from", "2026-03-01", "--to", "2026-03-31"]


def run(command, merchant, *arguments) -> list[str]:
    out = io.StringIO()
    call_command(command, "--merchant", merchant.code, *arguments, stdout=out)
    return out.getvalue().split("\n")


@pytest.fixture
def people(merchant):
    gold = LevelFactory(merchant=merchant, code="gold")
    upline = DistributorFactory(merchant=merchant, code="A", name="陈静, 主理", level=gold)
    below = DistributorFactory(merchant=merchant, code="=B", name="+林芳", parent=upline)
    earn(below, sell(below, "1234.50", at=IN_MARCH), "123.45")
    return upline, below


def test_the_ranking_is_a_csv_that_runs_nothing(merchant, people):
    assert run("export_ranking", merchant, *MARCH) == [
        "rank,code,name,level,own_sales,team_sales,orders,commission",
        "1,'=B,'+林芳,,1234.50,1234.50,1,123.45",
        '1,A,"陈静, 主理",gold,0.00,1234.50,0,0.00',
        "",
    ]


def test_the_ranking_goes_by_another_figure_and_stops_at_the_top(merchant, people):
    rows = run("export_ranking", merchant, *MARCH, "--by", "commission", "--top", "1")

    assert rows[1:] == ["1,'=B,'+林芳,,1234.50,1234.50,1,123.45", ""]


def test_nobody_is_a_header(merchant):
    assert run("export_ranking", merchant, *MARCH) == [
        "rank,code,name,level,own_sales,team_sales,orders,commission",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "2026-02-30", "--to", "2026-03-31"], "--from: “2026-02-30”"),
        (["--from", "2026-03-01", "--to", "tomorrow"], "--to: “tomorrow”"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], ".+"),
        ([*MARCH, "--by", "rank"], "rank"),
        ([*MARCH, "--top", "0"], "--top: “0”"),
        ([*MARCH, "--top", "-1"], "--top: “-1”"),
        ([*MARCH, "--top", "ten"], "--top: “ten”"),
        ([*MARCH, "--top", "²"], "--top: “²”"),
    ],
)
def test_a_wrong_argument_is_named(merchant, people, arguments, complaint):
    with pytest.raises(CommandError, match=complaint) as refusal:
        run("export_ranking", merchant, *arguments)

    assert refusal.value.returncode == 1


def test_balances_now_and_then(merchant, people):
    upline, below = people
    fund(below, "123.45", Kind.PENDING, at=IN_MARCH)
    fund(upline, "0.50", at=IN_MARCH + timedelta(days=1))
    header = "code,pending,available,withdrawing,paid,debt,lifetime"

    assert run("export_balances", merchant) == [
        header,
        "'=B,123.45,0.00,0.00,0.00,0.00,123.45",
        "A,0.00,0.50,0.00,0.00,0.00,0.00",
        "",
    ]
    # Without an offset the time is the merchant's.
    assert run("export_balances", merchant, "--as-of", "2026-03-10T12:00:00") == [
        header,
        "'=B,123.45,0.00,0.00,0.00,0.00,123.45",
        "A,0.00,0.00,0.00,0.00,0.00,0.00",
        "",
    ]
    assert run("export_balances", merchant, "--as-of", "2026-03-10T03:59:59Z")[1] == (
        "'=B,0.00,0.00,0.00,0.00,0.00,0.00"
    )


def test_a_wrong_time_and_an_unknown_merchant_are_named(merchant):
    with pytest.raises(CommandError, match="--as-of"):
        run("export_balances", merchant, "--as-of", "yesterday")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("export_balances", "--merchant", "nowhere")
