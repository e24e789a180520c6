"""What must hold for every random merchant, told by the re-statement alone."""

from collections import defaultdict

import pytest

from tests.reference.random_cases import RandomCase, random_case
from tests.reference.restatement import balances, commissions, ranking
from tests.reference.rules import team_of
from tests.reference.world import World, read_money, read_world

SEEDS = range(150)


def world_of(case: RandomCase) -> World:
    return read_world(case.files, case.plans)


def test_the_same_seed_is_the_same_case() -> None:
    assert random_case(11, withdrawals=True) == random_case(11, withdrawals=True)
    assert random_case(11) != random_case(12)


def test_the_cases_reach_what_they_are_for() -> None:
    seen = set()
    for seed in SEEDS:
        case = random_case(seed, withdrawals=True)
        world = world_of(case)
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


@pytest.mark.parametrize("seed", SEEDS)
def test_balances_agree_with_the_rows(seed: int) -> None:
    case = random_case(seed, withdrawals=True)
    world = world_of(case)
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


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_keep_below_the_ceiling_and_a_whole_refund_leaves_nothing(seed: int) -> None:
    case = random_case(seed)
    world = world_of(case)
    ceilings = {doc["name"]: doc.get("ceiling") for _, doc in case.plans}
    sold, left, plan_of = defaultdict(int), defaultdict(int), {}
    for row in commissions(world):
        key = row["order_no"], int(row["line_no"])
        sold[key] += 0 if row["refund_no"] else read_money(row["amount"])
        left[key] += read_money(row["amount"])
        plan_of[key] = row["plan"]
    for key, total in sold.items():
        line = world.orders[key[0]].lines[key[1]]
        ceiling = ceilings[plan_of[key]]
        if ceiling:
            of = line.paid if ceiling["of"] == "paid" else line.profit
            assert total * 10000 <= of * read_money(ceiling["percent"])
        if line.paid and sum(r.amount for r in line.refunds) == line.paid:
            assert left[key] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_rankings_add_up(seed: int) -> None:
    case = random_case(seed)
    world = world_of(case)
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
