"""The pencil-and-paper cases and seeded random merchants, run through the command line.

The expected rows of a random case come from `tests.reference`, a separate re-statement of the rules
that shares no code with the product.
"""

import pytest

from apps.core.money import to_major
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
from tests.reference.world import read_world

pytestmark = pytest.mark.django_db


def play(case, tmp_path) -> Shopkeeper:
    """Import the case's files and let its time pass."""
    keeper = Shopkeeper(tmp_path)
    keeper.merchant.withdrawal_minimum = to_major(1)
    keeper.merchant.save()
    keeper.take_in(case.files, case.plans)
    for code, amount, at in sorted(case.withdrawals, key=lambda each: each[2]):
        keeper.pay(code, amount, at)
    keeper.run_due(case.as_of)
    return keeper


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_case(case, tmp_path):
    keeper = play(case, tmp_path)

    if case.commissions is not None:
        assert_same_commissions(keeper.export("commissions"), table(case.commissions))
    if case.balances is not None:
        assert_same_balances(keeper.export("balances"), table(case.balances))
        as_of = keeper.export("balances", "--as-of", case.as_of)
        assert_same_balances(as_of, table(case.balances))
    for first, last, by, expected in case.rankings:
        rows = keeper.export("ranking", "--from", first, "--to", last, "--by", by)
        assert_same_ranking(rows, table(expected))
    assert run("reconcile", "--merchant", keeper.code) == ""


LATER = "2027-01-01T00:00:00"


@pytest.mark.parametrize("seed", range(40))
def test_random_merchant_agrees_with_the_restatement(seed, tmp_path):
    case = random_case(seed, withdrawals=True)
    world = read_world(case.files, case.plans)
    keeper = play(case, tmp_path)

    assert_same_commissions(
        keeper.export("commissions"), commissions(world, case.as_of), COMMISSION_COLUMNS
    )
    expected = balances(world, case.as_of, case.withdrawals)
    assert_same_balances(keeper.export("balances"), expected)
    assert_same_balances(keeper.export("balances", "--as-of", case.as_of), expected)

    keeper.run_due(LATER)
    for first, last, by in case.rankings:
        rows = keeper.export("ranking", "--from", first, "--to", last, "--by", by)
        assert_same_ranking(rows, ranking(world, first, last, by, as_of=LATER))
    assert_same_balances(keeper.export("balances"), balances(world, LATER, case.withdrawals))
    assert run("reconcile", "--merchant", keeper.code) == ""
