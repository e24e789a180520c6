"""What must hold for every random merchant, told by the re-statement alone."""

from collections import defaultdict

import pytest

from tests.reference.kinds import KINDS
from tests.reference.random_cases import random_case
from tests.reference.restatement import balances, commissions, ranking
from tests.reference.rules import plan_at, team_of
from tests.reference.world import read_money

SEEDS = range(150)
KINDS_OR_NOT = [pytest.param(False, id="shares"), pytest.param(True, id="all-kinds")]


def test_the_same_seed_is_the_same_case() -> None:
    assert random_case(11, withdrawals=True) == random_case(11, withdrawals=True)
    assert random_case(11, further=True) == random_case(11, further=True)
    assert random_case(11) != random_case(12)


def test_the_cases_reach_what_they_are_for() -> None:
    seen = set()
    for seed in SEEDS:
        case = random_case(seed, withdrawals=True)
        world = case.world()
        rows = commissions(world, case.as_of)
        seen |= {f"depth {row['depth']}" for row in rows} | {row["state"] for row in rows}
        seen |= {"reversed" for row in rows if row["refund_no"]} | {
            "fixed" for row in rows if not row["rate"]
        }
        seen |= {
            "debt"
            for row in balances(world, case.as_of, case.withdrawals)
            if read_money(row["debt"])
        }
        seen |= {"two plans" for _ in case.plans[1:]}
    assert seen == {
        "depth 1", "depth 2", "depth 3",
        "pending", "released", "reversed", "debt", "fixed", "two plans",
    }  # fmt: skip


def test_the_cases_reach_every_kind_and_its_reversal() -> None:
    seen = set()
    for seed in SEEDS:
        case = random_case(seed, further=True)
        for row in commissions(case.world()):
            seen |= {(row["kind"], "reversed" if row["refund_no"] else "earned")}
            seen |= {(row["kind"], "fixed") for _ in [row] if not row["rate"]}
    # Campaigns have no file to come from: the seeded lives have them (tests/simulation).
    kinds = {*KINDS, "stage_bonus"} - {"campaign"}
    assert seen == {
        *((kind, what) for kind in kinds for what in ("earned", "reversed")),
        *((kind, "fixed") for kind in ("share", "region", "store", "stage_bonus")),
    }


@pytest.mark.parametrize("further", KINDS_OR_NOT)
@pytest.mark.parametrize("seed", SEEDS)
def test_balances_agree_with_the_rows(seed: int, further: bool) -> None:
    case = random_case(seed, withdrawals=True, further=further)
    world = case.world()
    booked: dict[str, dict[str, int]] = defaultdict(lambda: {"pending": 0, "released": 0})
    for row in commissions(world, case.as_of):
        booked[row["beneficiary"]][row["state"]] += read_money(row["amount"])
    for row in balances(world, case.as_of, case.withdrawals):
        figures = {key: read_money(value) for key, value in row.items() if key != "code"}
        mine = booked[row["code"]]
        assert min(figures.values()) >= 0
        assert figures["pending"] == mine["pending"]
        assert figures["available"] + figures["paid"] - figures["debt"] == mine["released"]
        assert figures["lifetime"] == mine["pending"] + mine["released"]
        assert not (figures["available"] and figures["debt"])


@pytest.mark.parametrize("further", KINDS_OR_NOT)
@pytest.mark.parametrize("seed", SEEDS)
def test_lines_keep_below_the_ceiling_and_a_whole_refund_leaves_nothing(
    seed: int, further: bool
) -> None:
    case = random_case(seed, further=further)
    world = case.world()
    sold, left = defaultdict(int), defaultdict(int)
    for row in commissions(world):
        key = row["order_no"], int(row["line_no"])
        sold[key] += 0 if row["refund_no"] else read_money(row["amount"])
        left[key] += read_money(row["amount"])
    for key, total in sold.items():
        line = world.orders[key[0]].lines[key[1]]
        # A bonus of a later plan keeps to the ceiling of the line's own.
        ceiling = plan_at(world, world.orders[key[0]].paid_at).ceiling
        if ceiling:
            of, percent = ceiling
            assert total * 100 <= (line.paid if of == "paid" else line.profit) * percent
        if line.paid and sum(r.amount for r in line.refunds) == line.paid:
            assert left[key] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_rankings_add_up(seed: int) -> None:
    case = random_case(seed)
    world = case.world()
    for first, last, by in case.rankings:
        rows = ranking(world, first, last, by, as_of=case.as_of)
        own = {row["code"]: read_money(row["own_sales"]) for row in rows}
        assert sorted(own) == sorted(world.people)
        for row in rows:
            assert read_money(row["team_sales"]) == sum(
                own[code] for code in team_of(world, row["code"])
            )
        ranks = [int(row["rank"]) for row in rows]
        assert ranks == sorted(ranks) and ranks[0] == 1
