"""`simulate_plan`: what it prints, and what it refuses."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.commissions.rehearsed import DRAFT, sell
from tests.factories import DistributorFactory, MerchantFactory

pytestmark = pytest.mark.django_db
DAYS = ("--from", "2026-03-11", "--to", "2026-03-11")
PRINTED = """\
Plan “Summer”, 2026-03-11 to 2026-03-11, CNY
4 orders, 4 lines; paid 342.00, cost of goods 208.00, net of refunds

            today  draft  difference
commission  51.30  65.60      +14.30
margin      82.70  68.40      -14.30

By depth  today  draft  difference
1         34.20  49.10      +14.90
2         17.10  16.50       -0.60

By level  today  draft  difference
gold      12.10   7.80       -4.30
silver    22.00  15.70       -6.30
none      17.20  42.10      +24.90

By kind  today  draft  difference
share    51.30  65.60      +14.30

2 gain, 2 lose, 0 as before

Biggest winners  today  draft  difference
C 陈晨           10.00  31.30      +21.30
D Dan             7.20  10.80       +3.60

Biggest losers  today  draft  difference
B Ben           22.00  15.70       -6.30
A Ann           12.10   7.80       -4.30

3 lines hit the ceiling, 8.88 cut off before refunds
  O1 / 1: 23.00 → 20.00
  O3 / 1: 23.00 → 20.00
  O4 / 1: 17.28 → 14.40
1 lines make a loss (today 0), 1 of them newly
  O4 / 1: margin 1.20 → -2.40
"""


@pytest.fixture
def sold(merchant):
    return sell(merchant)


@pytest.fixture
def plan_file(tmp_path):
    def write(document) -> str:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return write


def run(merchant, *arguments: str) -> str:
    out = io.StringIO()
    call_command("simulate_plan", "--merchant", merchant.code, *arguments, stdout=out)
    return out.getvalue()


def test_the_report_is_aligned_and_complete(merchant, sold, plan_file):
    assert run(merchant, plan_file(DRAFT), *DAYS) == PRINTED


def test_json_holds_the_same_as_exact_texts(merchant, sold, plan_file):
    result = json.loads(run(merchant, plan_file(DRAFT), *DAYS, "--format", "json"))

    assert result["commission"] == {
        "key": "", "today": "51.30", "draft": "65.60", "difference": "14.30", "name": "",
    }  # fmt: skip
    assert result["winners"][0] == {
        "id": sold.people["C"].pk, "code": "C", "name": "陈晨",
        "today": "10.00", "draft": "31.30", "difference": "21.30",
    }  # fmt: skip


def test_a_move_needs_no_document(merchant, sold):
    lines = run(merchant, *DAYS, "--move", "C", "--under", "D").splitlines()
    assert lines[0] == "C under D, 2026-03-11 to 2026-03-11, CNY"
    assert "D Dan             7.20  22.20      +15.00" in lines

    lines = run(merchant, *DAYS, "--move", "C", "--to-top").splitlines()
    assert lines[0] == "C at the top, 2026-03-11 to 2026-03-11, CNY"
    assert "A Ann           12.10   7.10       -5.00" in lines


def test_a_period_without_orders(merchant, sold, plan_file):
    printed = run(merchant, plan_file(DRAFT), "--from", "2026-01-01", "--to", "2026-01-31")
    assert "0 orders, 0 lines; paid 0.00" in printed


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "Give a plan document, or --move"),
        (["--move", "C"], "--move needs --under CODE or --to-top"),
        (["--under", "D"], "need --move CODE"),
        (["--move", "X", "--to-top"], "--move: there is no distributor “X”"),
        (["--move", "C", "--under", "theirs"], "--under: there is no distributor “theirs”"),
        (["--move", "A", "--under", "C"], "is in the team of"),
    ],
)
def test_refuses_what_has_no_answer(merchant, sold, options, reason):
    DistributorFactory(merchant=MerchantFactory(), code="theirs")
    with pytest.raises(CommandError, match=reason):
        run(merchant, *DAYS, *options)


def test_names_every_fault_of_the_document(merchant, sold, plan_file):
    faulty = {**DRAFT, "depths": 9, "base": "x"}
    with pytest.raises(CommandError, match=r"(?s)depths: .*base: "):
        run(merchant, plan_file(faulty), *DAYS)


def test_names_a_day_that_is_none(merchant, sold, plan_file):
    with pytest.raises(CommandError, match="--to: “March” is not a date"):
        run(merchant, plan_file(DRAFT), "--from", "2026-03-01", "--to", "March")
