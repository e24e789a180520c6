"""The re-statement gives what pencil and paper gave, on every worked case."""

from fractions import Fraction

import pytest

from tests.reference.case import Case, table
from tests.reference.compare import (
    assert_same_balances,
    assert_same_commissions,
    assert_same_ranking,
)
from tests.reference.restatement import balances, commissions, ranking
from tests.reference.rules import half_up
from tests.reference.worked_cases import CASES
from tests.reference.world import World, read_world


def world_of(case: Case) -> World:
    return read_world(case.files, case.plans)


def having(attribute: str) -> list:
    return [pytest.param(c, id=f"{c.point}-{c.name}") for c in CASES if getattr(c, attribute)]


@pytest.mark.parametrize("case", having("commissions"))
def test_commissions(case: Case) -> None:
    assert_same_commissions(commissions(world_of(case), case.as_of), table(case.commissions))


@pytest.mark.parametrize("case", having("balances"))
def test_balances(case: Case) -> None:
    assert_same_balances(
        balances(world_of(case), case.as_of, case.withdrawals), table(case.balances)
    )


@pytest.mark.parametrize("case", having("rankings"))
def test_rankings(case: Case) -> None:
    for first, last, by, expected in case.rankings:
        assert_same_ranking(
            ranking(world_of(case), first, last, by, as_of=case.as_of), table(expected)
        )


def test_every_point_has_cases() -> None:
    assert {case.point for case in CASES} == set(range(1, 11))
    assert len({case.name for case in CASES}) == len(CASES)


def test_top_cuts_the_ranking() -> None:
    case = next(c for c in CASES if c.name == "equal figures share a rank and stand by code")
    rows = ranking(world_of(case), "2026-03-01", "2026-03-31", "own_sales", top=2)
    assert [(row["rank"], row["code"]) for row in rows] == [("1", "C"), ("2", "A")]


def test_half_up() -> None:
    assert [half_up(Fraction(n, 10)) for n in (0, 4, 5, 14, 15, 25)] == [0, 0, 1, 1, 2, 3]


def test_a_withdrawal_beyond_what_is_available_is_an_error() -> None:
    case = next(c for c in CASES if c.name == "refunded after it was paid out: a debt")
    with pytest.raises(ValueError, match="cannot withdraw"):
        balances(world_of(case), case.as_of, [("B", "10.01", "2026-03-23T12:00:00")])
