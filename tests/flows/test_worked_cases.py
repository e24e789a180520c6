"""The pencil-and-paper cases and seeded random merchants, run through the command line.

The expected rows of a random case come from `tests.reference`, a separate re-statement of the rules
that shares no code with the product.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.selectors import explain_order
from apps.core.money import to_major
from apps.orders.models import Order
from tests.flows.command_line import Shopkeeper, run
from tests.reference.case import table
from tests.reference.compare import (
    COMMISSION_COLUMNS,
    assert_same_balances,
    assert_same_commissions,
    assert_same_ranking,
)
from tests.reference.random_cases import random_case
from tests.reference.restatement import balances, commissions, ranking
from tests.reference.worked_cases import CASES
from tests.reference.world import read_time, read_world

pytestmark = pytest.mark.django_db


def play(case, tmp_path) -> Shopkeeper:
    """Import the case's files and let time pass until its moment."""
    keeper = Shopkeeper(tmp_path)
    keeper.merchant.withdrawal_minimum = to_major(1)
    keeper.merchant.save()
    keeper.take_in(case.files, case.plans, getattr(case, "keepers", {}))
    pay(keeper, [each for each in case.withdrawals if moment(each[2]) <= moment(case.as_of)])
    keeper.run_due(case.as_of)
    return keeper


def pay(keeper: Shopkeeper, withdrawals) -> None:
    """Pay these withdrawals out, each at its moment."""
    for code, amount, at in sorted(withdrawals, key=lambda each: moment(each[2])):
        keeper.pay(code, amount, at)


def moment(text: str) -> datetime:
    return read_time(text, ZoneInfo("Asia/Shanghai"))


def comparable(case, columns: list[str]) -> list[str]:
    """The columns in which a file without a moment of its own can agree.

    `export_commissions` tells a completion, and so `release_at`, as soon as it is known, also of
    orders completed after `as_of`.
    """
    world = read_world(case.files, case.plans)
    completed = [each.completed_at for each in world.orders.values() if each.completed_at]
    ahead = any(each > moment(case.as_of) for each in completed)
    return [column for column in columns if column != "release_at" or not ahead]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_case(case, tmp_path):
    keeper = play(case, tmp_path)

    if case.commissions is not None:
        expected = table(case.commissions)
        columns = comparable(case, list(expected[0]) if expected else COMMISSION_COLUMNS)
        assert_same_commissions(keeper.export("commissions"), expected, columns)
    if case.balances is not None:
        assert_same_balances(keeper.export("balances"), table(case.balances))
        as_of = keeper.export("balances", "--as-of", case.as_of)
        assert_same_balances(as_of, table(case.balances))
    for first, last, by, expected in case.rankings:
        rows = keeper.export("ranking", "--from", first, "--to", last, "--by", by)
        assert_same_ranking(rows, table(expected))
    assert run("reconcile", "--merchant", keeper.code) == ""
    assert_explained(keeper)


def assert_explained(keeper) -> None:
    """Every order's explanation comes to its rows: sales, and what refunds took back."""
    with scope(merchant=keeper.merchant):
        for order in Order.objects.select_related("merchant"):
            explanation = explain_order(order)
            rows = Commission.objects.filter(order_line__order=order)
            told = [each for line in explanation.lines for each in line.paid]
            assert explanation.differences == []
            assert sum(each.amount for each in told) == sum(
                row.amount for row in rows if row.refund_id is None
            )
            assert sum(each.left for each in told) == sum(row.amount for row in rows)


LATER = "2027-01-01T00:00:00"


@pytest.mark.parametrize("further", [False, True], ids=["shares", "all-kinds"])
@pytest.mark.parametrize("seed", range(20))
def test_random_merchant_agrees_with_the_restatement(seed, further, tmp_path):
    case = random_case(seed, withdrawals=True, further=further)
    world = case.world()
    keeper = play(case, tmp_path)

    columns = comparable(case, COMMISSION_COLUMNS)
    assert_same_commissions(keeper.export("commissions"), commissions(world, case.as_of), columns)
    expected = balances(world, case.as_of, case.withdrawals)
    assert_same_balances(keeper.export("balances"), expected)
    assert_same_balances(keeper.export("balances", "--as-of", case.as_of), expected)

    pay(keeper, [each for each in case.withdrawals if moment(each[2]) > moment(case.as_of)])
    keeper.run_due(LATER)
    for first, last, by in case.rankings:
        rows = keeper.export("ranking", "--from", first, "--to", last, "--by", by)
        assert_same_ranking(rows, ranking(world, first, last, by, as_of=LATER))
    assert_same_balances(keeper.export("balances"), balances(world, LATER, case.withdrawals))
    assert_same_commissions(
        keeper.export("commissions"), commissions(world, LATER), COMMISSION_COLUMNS
    )
    assert run("reconcile", "--merchant", keeper.code) == ""
