"""Stage bonuses in the engine alone; whole periods are played in test_bonuses.py."""

import pytest

from apps.commissions.engine import (
    StageBonus,
    Step,
    bonus_reversed,
    read_stage_bonuses,
    spread,
)
from apps.commissions.plan_document import parse_plan

FIVE, EIGHT = Step(100_000, 500, None), Step(500_000, 800, None)


def bonus(*steps: Step, pool: int | None = None) -> StageBonus:
    return StageBonus(1, False, "month", steps, pool)


def test_a_document_is_read_with_every_figure_in_its_unit():
    document = parse_plan(
        {
            "name": "P",
            "depths": 1,
            "rules": [{"depth": 1, "percent": "10"}],
            "stage_bonuses": [
                {
                    "of": "own",
                    "steps": [
                        {"reach": "1000", "percent": "5"},
                        {"reach": "5000.50", "amount": "300.25"},
                    ],
                },
                {
                    "of": "team",
                    "period": "quarter",
                    "steps": [{"reach": "0", "percent": "0.01"}],
                    "pool": "99.99",
                },
            ],
        },
        max_depths=1,
    )
    assert read_stage_bonuses(document) == [
        StageBonus(
            number=1,
            of_team=False,
            period="month",
            steps=(Step(100_000, 500, None), Step(500_050, None, 30_025)),
            pool=None,
        ),
        StageBonus(2, True, "quarter", (Step(0, 1, None),), 9_999),
    ]


def test_a_plan_without_them_has_none():
    assert read_stage_bonuses({}) == []
    assert read_stage_bonuses({"stage_bonuses": None}) == []


@pytest.mark.parametrize(
    ("net_sales", "step"),
    [(99_999, None), (100_000, FIVE), (499_999, FIVE), (500_000, EIGHT), (9_000_000, EIGHT)],
)
def test_a_step_is_reached_to_the_fen(net_sales, step):
    assert bonus(FIVE, EIGHT).step_reached(net_sales) == step


def test_a_rate_is_of_the_net_sales_and_half_a_fen_is_rounded_up():
    assert Step(0, 500, None).bonus(100_010) == 5_001
    assert Step(0, 500, None).bonus(100_009) == 5_000


def test_a_fixed_amount_is_what_it_says():
    assert Step(100, None, 777).bonus(1_000_000) == 777


@pytest.mark.parametrize("net_sales", [0, -1, -100_000])
def test_a_rate_of_nothing_or_of_a_loss_is_nothing(net_sales):
    """A first step of zero is reached by everybody."""
    assert Step(0, 10_000, None).bonus(net_sales) == 0


def test_a_pool_is_shared_in_proportion_and_the_last_fen_goes_to_the_largest_remainder():
    # 100 × 100 ÷ 300 = 33.33…, 200 × 100 ÷ 300 = 66.66…
    assert bonus(FIVE, pool=100).within_pool([100, 200]) == [33, 67]
    assert bonus(FIVE, pool=300).within_pool([100, 200]) == [100, 200]
    assert bonus(FIVE).within_pool([100, 200]) == [100, 200]
    assert bonus(FIVE, pool=0).within_pool([100, 200]) == [0, 0]


def test_a_bonus_is_spread_over_the_lines_that_have_something_left():
    assert spread(100, {11: 200, 12: 0, 13: 100, 14: -50}) == {11: 67, 13: 33}
    assert spread(10, {11: 1, 12: 1, 13: 0}) == {11: 5, 12: 5}


def test_a_line_whose_part_is_nothing_is_left_out():
    assert spread(1, {11: 1, 12: 999}) == {12: 1}
    assert spread(100, {11: 0}) == {}
    assert spread(100, {}) == {}


@pytest.mark.parametrize(
    ("refunded", "reversed_"),
    [
        # 40.00 of 100.00 were refunded before the period ended: already in the base of 60.00.
        (0, 0),
        (4_000, 0),
        (4_001, 0),
        (4_300, 15),
        (7_000, 150),
        (9_999, 300),
        (10_000, 300),
        (12_000, 300),
    ],
)
def test_only_refunds_after_the_end_of_the_period_take_back(refunded, reversed_):
    assert bonus_reversed(300, 6_000, 10_000, refunded) == reversed_


def test_of_a_line_with_nothing_left_nothing_is_taken_back():
    assert bonus_reversed(0, 0, 10_000, 10_000) == 0
