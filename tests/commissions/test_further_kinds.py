"""Kinds beyond shares by depth, in the engine alone; docs/commissions.md works them through."""

import pytest

from apps.commissions.engine import (
    NO_FACTS,
    Agent,
    CompiledPlan,
    Extra,
    Facts,
    Line,
    Outcome,
    Rule,
    Upline,
    compute,
    explain_line,
)
from apps.commissions.plan_document import parse_plan

TEN = [{"depth": 1, "percent": "10"}]
LINE = Line(1, "T-1", "P-1", "茶", 2, 10_000, 10_000, 4_000)


def plan(**changes) -> CompiledPlan:
    document = {"name": "Plan", "depths": 3, "rules": TEN} | changes
    return CompiledPlan(parse_plan(document, max_depths=3))


def person(number: int, level: str | None = None, *, active: bool = True) -> Upline:
    return Upline(number, level, active)


def rows(plan: CompiledPlan, chain, facts=NO_FACTS, line=LINE) -> list[tuple[str, int, int, int]]:
    return [
        (each.kind, each.depth, each.beneficiary_id, each.amount)
        for each in compute([line], chain, plan, facts)
    ]


def outcomes(plan: CompiledPlan, chain, facts=NO_FACTS) -> dict[tuple[str, int], Outcome]:
    found = explain_line(LINE, chain, plan, facts).candidates
    return {(each.kind, each.person): each.outcome for each in found}


def level_plan(**changes) -> CompiledPlan:
    rates = [
        {"level": "silver", "percent": "12"},
        {"level": "gold", "percent": "15"},
        {"level": "top", "percent": "20"},
    ]
    document = {"level_difference": {"rates": rates, "same_level": "1"}}
    return plan(**(document | changes))


class TestLevelDifference:
    def test_each_earns_above_the_highest_rate_below(self):
        chain = [person(1), person(2, "silver"), person(3, "top")]
        assert rows(level_plan(), chain) == [
            ("share", 1, 1, 1000),
            ("level_difference", 2, 2, 200),
            ("level_difference", 3, 3, 800),
        ]

    def test_a_lower_level_above_earns_nothing(self):
        chain = [person(1), person(2, "gold"), person(3, "silver")]
        assert rows(level_plan(), chain)[1:] == [("level_difference", 2, 2, 500)]
        assert outcomes(level_plan(), chain)["level_difference", 3] == Outcome.NO_DIFFERENCE

    def test_the_same_level_award_is_paid_once(self):
        four = level_plan(depths=3, rules=[{"depth": 1, "percent": "12"}])
        chain = [person(1, "silver"), person(2, "silver"), person(3, "silver")]
        assert rows(four, chain) == [("share", 1, 1, 1200), ("same_level", 2, 2, 100)]

    def test_without_an_award_nothing_is_paid_for_the_same_level(self):
        rates = [{"level": "silver", "percent": "10"}]
        without = plan(level_difference={"rates": rates})
        assert rows(without, [person(1, "silver"), person(2, "silver")]) == [("share", 1, 1, 1000)]

    def test_a_fixed_share_counts_as_its_part_of_the_base_rounded_up(self):
        # 2 × 6.01 of 100.00 are 12.02 %: more than silver's 12 %, and 2.98 less than gold's.
        fixed = level_plan(rules=[{"depth": 1, "amount": "6.01"}])
        assert rows(fixed, [person(1), person(2, "silver"), person(3, "gold")]) == [
            ("share", 1, 1, 1202),
            ("level_difference", 3, 3, 298),
        ]

    def test_a_part_of_a_basis_point_counts_as_a_whole_one(self):
        # 12.02 of 99.99 are 12.0212 %, so 12.03 %; gold's 15 % leave 2.97 %: 2.9697.
        fixed = level_plan(rules=[{"depth": 1, "amount": "6.01"}])
        assert rows(fixed, [person(1), person(2, "gold")], line=LINE._replace(paid=9_999)) == [
            ("share", 1, 1, 1202),
            ("level_difference", 2, 2, 297),
        ]

    def test_above_a_seller_without_a_share_the_whole_rate_is_paid(self):
        none = level_plan(rules=[{"depth": 3, "percent": "1"}])
        assert rows(none, [person(1), person(2, "silver")]) == [("level_difference", 2, 2, 1200)]

    def test_nobody_above_the_depths_is_paid(self):
        two = level_plan(depths=2)
        assert rows(two, [person(1), person(2), person(3, "top")]) == [("share", 1, 1, 1000)]

    def test_the_inactive_do_not_count_and_compression_lets_the_next_move_up(self):
        chain = [person(1), person(2, "top", active=False), person(3, "silver")]
        assert rows(level_plan(), chain)[1:] == [("level_difference", 3, 3, 200)]
        assert rows(level_plan(compression=True), chain)[1:] == [("level_difference", 2, 3, 200)]


class TestNewcomer:
    boost = {"newcomer": {"days": 30, "percent": "3"}}

    @pytest.mark.parametrize(("days", "paid"), [(0, True), (29, True), (30, False), (-1, False)])
    def test_the_first_days(self, days, paid):
        expected = [("newcomer", 1, 1, 300)] if paid else []
        assert rows(plan(**self.boost), [person(1)], Facts(seller_days=days))[1:] == expected

    def test_goes_to_depth_one_only(self):
        chain = [person(1, active=False), person(2)]
        assert rows(plan(**self.boost), chain, Facts(seller_days=1)) == []


class TestCampaign:
    """What a campaign adds for its goods goes to depth 1, within the ceiling like all else."""

    line = LINE._replace(extra=Extra("SPRING", 250))

    def test_the_seller_earns_more(self):
        assert rows(plan(), [person(1), person(2)], line=self.line) == [
            ("share", 1, 1, 1000),
            ("campaign", 1, 1, 250),
        ]

    def test_other_goods_do_not(self):
        assert rows(plan(), [person(1)]) == [("share", 1, 1, 1000)]

    def test_goes_to_depth_one_only(self):
        chain = [person(1, active=False), person(2)]
        assert rows(plan(), chain, line=self.line) == []
        assert rows(plan(compression=True), chain, line=self.line) == [
            ("share", 1, 2, 1000),
            ("campaign", 1, 2, 250),
        ]

    def test_stands_under_the_ceiling(self):
        capped = plan(ceiling={"of": "paid", "percent": "5"})
        assert rows(capped, [person(1)], line=self.line) == [
            ("share", 1, 1, 400),
            ("campaign", 1, 1, 100),
        ]

    def test_the_row_names_the_campaign(self):
        [_share, extra] = compute([self.line], [person(1)], plan(), NO_FACTS)
        assert extra.rule == Rule(250, None, "campaigns[SPRING]")

    def test_one_that_rounds_to_nothing_is_told(self):
        line = self.line._replace(paid=1)
        found = explain_line(line, [person(1)], plan(), NO_FACTS).candidates
        assert [each.outcome for each in found if each.kind == "campaign"] == [Outcome.ZERO]


class TestReferral:
    award = {"referral": {"orders": 2, "percent": "4"}}

    @pytest.mark.parametrize(("purchase", "paid"), [(1, True), (2, True), (3, False)])
    def test_the_first_purchases(self, purchase, paid):
        facts = Facts(recruiter=person(9), purchase=purchase)
        expected = [("referral", 1, 9, 400)] if paid else []
        assert rows(plan(**self.award), [person(1)], facts)[1:] == expected
        if not paid:
            assert outcomes(plan(**self.award), [person(1)], facts)["referral", 9] == (
                Outcome.LATER_PURCHASE
            )

    def test_an_inactive_upline_earns_nothing(self):
        facts = Facts(recruiter=person(9, active=False), purchase=1)
        assert rows(plan(**self.award), [], facts) == []
        assert outcomes(plan(**self.award), [], facts) == {("referral", 9): Outcome.INACTIVE}


class TestRegions:
    agents = [
        {"region": "浙江省", "distributor": "A", "percent": "1"},
        {"region": "浙江省/杭州市", "distributor": "B", "amount": "1.50"},
    ]

    def facts(self, *, city_active=True) -> Facts:
        return Facts(
            agents=(
                Agent(0, "浙江省", person(7)),
                Agent(1, "浙江省/杭州市", person(8, active=city_active)),
            )
        )

    def plan(self, pays: str) -> CompiledPlan:
        return plan(regions={"pays": pays, "agents": self.agents})

    def test_the_nearest(self):
        assert rows(self.plan("nearest"), [], self.facts()) == [("region", 2, 8, 300)]
        assert outcomes(self.plan("nearest"), [], self.facts())["region", 7] == Outcome.WIDER_REGION

    def test_all(self):
        expected = [("region", 1, 7, 100), ("region", 2, 8, 300)]
        assert rows(self.plan("all"), [], self.facts()) == expected

    def test_the_next_nearest_stands_in_for_an_inactive_one(self):
        facts = self.facts(city_active=False)
        assert rows(self.plan("nearest"), [], facts) == [("region", 1, 7, 100)]
        assert outcomes(self.plan("nearest"), [], facts)["region", 8] == Outcome.INACTIVE


class TestStore:
    def test_a_share_or_an_amount_per_piece(self):
        facts = Facts(store=person(5))
        assert rows(plan(store={"percent": "2.5"}), [], facts) == [("store", 1, 5, 250)]
        assert rows(plan(store={"amount": "0.75"}), [], facts) == [("store", 1, 5, 150)]

    def test_an_inactive_keeper_earns_nothing(self):
        facts = Facts(store=person(5, active=False))
        assert rows(plan(store={"percent": "2"}), [], facts) == []


def test_where_nothing_is_known_of_an_order_nothing_further_is_paid():
    further = plan(
        newcomer={"days": 30, "percent": "3"},
        referral={"orders": 1, "percent": "4"},
        regions={"agents": [{"region": "浙江省", "distributor": "A", "percent": "1"}]},
        store={"percent": "3"},
    )
    assert NO_FACTS == Facts(seller_days=None, recruiter=None, purchase=None, agents=(), store=None)
    assert rows(further, [person(1)]) == [("share", 1, 1, 1000)]


def test_every_row_names_its_place_in_the_plan():
    everything = level_plan(
        newcomer={"days": 30, "percent": "3"},
        referral={"orders": 1, "percent": "4"},
        regions={"agents": [{"region": "浙江省", "distributor": "A", "percent": "2"}]},
        store={"amount": "0.10"},
    )
    chain = [person(1), person(2, "gold"), person(3, "gold")]
    facts = Facts(0, person(9), 1, (Agent(0, "浙江省", person(8)),), person(7))
    assert {
        (each.kind, each.beneficiary_id): each.rule
        for each in compute([LINE], chain, everything, facts)
    } == {
        ("share", 1): Rule(1000, None, "rules[0]"),
        ("newcomer", 1): Rule(300, None, "newcomer"),
        ("referral", 9): Rule(400, None, "referral"),
        ("region", 8): Rule(200, None, "regions.agents[0]"),
        ("store", 7): Rule(None, 10, "store"),
        # Gold's 15 % above the 10 % below; the plan's own 1 % for the same level.
        ("level_difference", 2): Rule(500, None, "level_difference.rates[1]"),
        ("same_level", 3): Rule(100, None, "level_difference.same_level"),
    }


def test_one_ceiling_for_all_kinds_and_the_left_over_fen_in_their_order():
    # 10.00 + 3.00 + 4.00 + 3.00 = 20.00 under 10.01: 5.005, 1.5015, 2.002, 1.5015.
    capped = plan(
        newcomer={"days": 9, "percent": "3"},
        referral={"orders": 1, "percent": "4"},
        store={"percent": "3"},
        ceiling={"of": "paid", "percent": "10.01"},
    )
    facts = Facts(seller_days=0, recruiter=person(9), purchase=1, store=person(5))
    assert rows(capped, [person(1)], facts) == [
        ("share", 1, 1, 501),
        ("newcomer", 1, 1, 150),
        ("referral", 1, 9, 200),
        ("store", 1, 5, 150),
    ]


def test_the_explanation_adds_up_to_what_was_computed():
    everything = level_plan(
        newcomer={"days": 9, "percent": "3"},
        store={"percent": "3"},
        ceiling={"of": "profit", "percent": "20"},
    )
    chain = [person(1), person(2, "gold"), person(3, active=False)]
    facts = Facts(seller_days=0, store=person(5))
    told = explain_line(LINE, chain, everything, facts)
    assert told.limit == 1200
    assert told.full_total == 2100
    assert told.total == sum(row[-1] for row in rows(everything, chain, facts)) == 1200
    assert told.is_scaled
