"""The worked example of stage bonuses in docs/commissions.md, run through the command line."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django_scopes import scope

from apps.commissions.models import BonusPeriod
from tests.flows.command_line import Shopkeeper, run
from tests.flows.test_docs_commissions import PAGE, markdown_rows
from tests.reference.case import JANUARY, Case, plan

pytestmark = pytest.mark.django_db
BONUS = {
    "of": "own",
    "period": "month",
    "steps": [{"reach": "200", "percent": "2"}, {"reach": "400", "percent": "3"}],
    "pool": "15",
}
EXAMPLE = Case(
    name="a stage bonus",
    point=11,
    plans=[(JANUARY, plan(stage_bonuses=[BONUS]))],
    orders="""
    order_no, distributor_code, unit_price, paid_at
    O1,       B,                300.00,     2026-03-10T12:00:00
    O2,       B,                200.00,     2026-03-11T12:00:00
    O3,       C,                250.00,     2026-03-12T12:00:00
    """,
    refunds="""
    refund_no, order_no, amount, refunded_at
    R1,        O2,       100.00, 2026-03-20T12:00:00
    R2,        O1,       150.00, 2026-04-05T12:00:00
    """,
)


def shown(what: str) -> list[dict[str, str]]:
    pattern = rf"^Example, {what}:\n\n((?:\|.*\n)+)"
    return markdown_rows(re.search(pattern, PAGE.read_text("utf-8"), re.MULTILINE).group(1))


def same(cell: str) -> str | Decimal:
    """Numbers by value, times without their offset."""
    if re.fullmatch(r"-?[\d.]+", cell):
        return Decimal(cell)
    return cell.removesuffix("+08:00")


def test_the_example_is_what_the_command_line_computes(tmp_path: Path):
    keeper = Shopkeeper(tmp_path)
    keeper.take_in(EXAMPLE.files, EXAMPLE.plans)

    printed = run("run_due", "--merchant", keeper.code, "--as-of", "2026-04-06T00:00:00")

    assert printed.strip().endswith(" bonuses=3")
    expected = shown("commissions")
    exported = [row for row in keeper.export("commissions") if row["kind"] == "stage_bonus"]
    exported.sort(key=lambda row: (row["order_no"], row["refund_no"]))
    assert [[same(row[name]) for name in expected[0]] for row in exported] == [
        [same(cell) for cell in row.values()] for row in expected
    ]
    with scope(merchant=keeper.merchant):
        people = BonusPeriod.objects.latest("ends_at").figures["people"]
    figures = shown("figures")
    assert [{name: each[name] for name in figures[0]} for each in people] == figures
    assert run("reconcile", "--merchant", keeper.code) == ""
