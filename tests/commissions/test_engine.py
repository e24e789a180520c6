"""The engine alone. The worked cases of all rules are in tests/reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.commissions.engine import (
    CompiledPlan,
    Entitlement,
    Line,
    Rule,
    Upline,
    compute,
    earners,
)
from apps.commissions.plan_document import parse_plan

RULES = [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}, {"depth": 3, "percent": "1"}]


def plan(**changes) -> CompiledPlan:
    document = {"name": "Plan", "depths": 3, "rules": RULES} | changes
    return CompiledPlan(parse_plan(document, max_depths=3))


def line(**changes) -> Line:
    values = {
        "id": 1, "sku": "T-1", "product": "P-1", "category": "茶/普洱", "quantity": 2,
        "paid": 10_000, "list": 12_000, "cost": 4_000,
    }  # fmt: skip
    return Line(**(values | changes))


def person(number: int, level: str | None = None, *, active: bool = True) -> Upline:
    return Upline(id=number, level=level, is_active=active)


CHAIN = [person(1), person(2), person(3)]


def amounts(entitlements) -> list[tuple[int, int, int]]:
    return [(each.beneficiary_id, each.depth, each.amount) for each in entitlements]


def test_each_depth_earns_its_rate_of_the_base():
    assert amounts(compute([line()], CHAIN, plan())) == [(1, 1, 1000), (2, 2, 500), (3, 3, 100)]


def test_an_entitlement_says_what_it_was_made_of():
    capped = plan(base="list", ceiling={"of": "paid", "percent": "9"}, rules=RULES[:1])
    assert compute([line(id=7)], [person(5)], capped) == [
        Entitlement(
            line_id=7,
            beneficiary_id=5,
            kind="share",
            depth=1,
            base=12_000,
            rule=Rule(1000, None, "rules[0]"),
            full_amount=1200,
            amount=900,
        )
    ]


def test_no_more_depths_are_paid_than_the_plan_has():
    two = plan(depths=2, rules=RULES[:2])
    assert amounts(compute([line()], CHAIN, two)) == [(1, 1, 1000), (2, 2, 500)]


@pytest.mark.parametrize(("base", "amount"), [("paid", 1000), ("list", 1200), ("profit", 600)])
def test_the_base(base, amount):
    assert amounts(compute([line()], CHAIN[:1], plan(base=base))) == [(1, 1, amount)]


def test_a_loss_is_no_base():
    loss = line(cost=10_001)
    assert compute([loss], CHAIN, plan(base="profit")) == []


@pytest.mark.parametrize(
    ("rules", "amount"),
    [
        ([{"depth": 1, "percent": "10"}, {"depth": 1, "category": "茶", "percent": "11"}], 1100),
        (
            [
                {"depth": 1, "category": "茶", "percent": "11"},
                {"depth": 1, "category": "茶/普洱", "percent": "12"},
            ],
            1200,
        ),
        (
            [
                {"depth": 1, "category": "茶/普洱", "percent": "12"},
                {"depth": 1, "product": "P-1", "percent": "13"},
            ],
            1300,
        ),
        (
            [
                {"depth": 1, "product": "P-1", "level": "gold", "percent": "13"},
                {"depth": 1, "sku": "T-1", "percent": "14"},
            ],
            1400,
        ),
        (
            [
                {"depth": 1, "sku": "T-1", "percent": "14"},
                {"depth": 1, "sku": "T-1", "level": "gold", "percent": "15"},
            ],
            1500,
        ),
        ([{"depth": 1, "percent": "10"}, {"depth": 1, "level": "silver", "percent": "20"}], 1000),
        ([{"depth": 1, "percent": "10"}, {"depth": 1, "category": "茶具", "percent": "20"}], 1000),
        ([{"depth": 1, "sku": "T-1", "amount": "8.00"}], 1600),
    ],
)
def test_the_most_specific_rule_wins(rules, amount):
    assert amounts(compute([line()], [person(1, "gold")], plan(rules=rules))) == [(1, 1, amount)]


def test_a_rule_of_zero_ends_the_search():
    rules = [{"depth": 1, "percent": "10"}, {"depth": 1, "sku": "T-1", "percent": "0"}]
    assert compute([line()], CHAIN, plan(rules=rules)) == []


def test_without_compression_the_share_of_the_inactive_stays_with_the_merchant():
    chain = [person(1), person(2, active=False), person(3)]
    assert [(depth, each.id) for depth, each in earners(chain, plan())] == [(1, 1), (3, 3)]


def test_with_compression_the_next_active_person_moves_up():
    chain = [person(1, active=False), person(2), person(3, active=False), person(4)]
    assert [(d, each.id) for d, each in earners(chain, plan(compression=True))] == [(1, 2), (2, 4)]


def test_the_ceiling_scales_by_largest_remainder():
    capped = plan(ceiling={"of": "paid", "percent": "8"})
    # 1000 + 500 + 100 = 1600 against a limit of 800
    result = compute([line()], CHAIN, capped)
    assert amounts(result) == [(1, 1, 500), (2, 2, 250), (3, 3, 50)]
    assert [each.full_amount for each in result] == [1000, 500, 100]


def test_a_ceiling_of_profit_takes_everything_away_from_a_loss():
    capped = plan(ceiling={"of": "profit", "percent": "50"})
    assert compute([line(cost=20_000)], CHAIN, capped) == []


lines = st.builds(
    line, paid=st.integers(0, 10**8), cost=st.integers(0, 10**8), quantity=st.integers(1, 99)
)
percents = st.integers(0, 10_000).map(lambda basis_points: f"{basis_points / 100:.2f}")


@given(lines, st.lists(percents, min_size=3, max_size=3), percents, st.lists(st.booleans()))
def test_whatever_the_plan_nobody_earns_below_zero_nor_all_above_the_ceiling(
    sold, rates, ceiling, standing
):
    rules = [{"depth": depth, "percent": rate} for depth, rate in enumerate(rates, start=1)]
    capped = plan(rules=rules, ceiling={"of": "paid", "percent": ceiling}, compression=True)
    chain = [person(number, active=active) for number, active in enumerate(standing)]
    result = compute([sold], chain, capped)
    assert all(each.amount > 0 for each in result)
    assert sum(each.amount for each in result) <= capped.limit(sold)
    assert len({each.depth for each in result}) == len(result)
    assert all(standing[each.beneficiary_id] for each in result)
