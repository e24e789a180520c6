"""What the engine tells of a line: all who might have earned, with the reason and the rule."""

import pytest

from apps.commissions.engine import (
    NO_FACTS,
    Agent,
    Candidate,
    CompiledPlan,
    Facts,
    Line,
    LineExplanation,
    Outcome,
    Rule,
    Upline,
    explain_line,
)
from apps.commissions.plan_document import parse_plan

TEN = [{"depth": 1, "percent": "10"}]
# 100.00 paid, 60.00 of it profit.
LINE = Line(7, "T-1", "P-1", "茶", 2, 10_000, 12_000, 4_000)
SHARE = Rule(1000, None, "rules[0]")


def plan(**changes) -> CompiledPlan:
    document = {"name": "Plan", "depths": 3, "rules": TEN} | changes
    return CompiledPlan(parse_plan(document, max_depths=3))


def person(number: int, level: str | None = None, *, active: bool = True) -> Upline:
    return Upline(number, level, active)


def told(plan: CompiledPlan, chain, facts: Facts = NO_FACTS) -> list[Candidate]:
    return explain_line(LINE, chain, plan, facts).candidates


class TestShares:
    def test_a_rule_that_pays_nothing_and_no_rule_are_two_reasons(self):
        zero = plan(rules=[*TEN, {"depth": 2, "percent": "0"}])
        assert told(zero, [person(1), person(2), person(3)]) == [
            Candidate("share", 1, 1, Outcome.PAID, SHARE, 1000, 1000),
            Candidate("share", 2, 2, Outcome.ZERO, Rule(0, None, "rules[1]")),
            Candidate("share", 3, 3, Outcome.NO_RULE),
        ]

    def test_the_rule_of_zero_is_that_of_the_persons_own_level_and_goods(self):
        rules = [
            *TEN,
            {"depth": 2, "percent": "5"},
            {"depth": 2, "level": "gold", "sku": "T-1", "percent": "0"},
        ]
        assert told(plan(rules=rules), [person(1), person(2, "gold")])[1] == Candidate(
            "share", 2, 2, Outcome.ZERO, Rule(0, None, "rules[2]")
        )

    def test_the_inactive_keep_their_depth_without_compression(self):
        two = plan(depths=2)
        chain = [person(1), person(2, active=False), person(3), person(4, active=False)]
        assert told(two, chain)[1:] == [
            Candidate("share", 2, 2, Outcome.INACTIVE),
            Candidate("share", None, 3, Outcome.BEYOND_DEPTHS),
            Candidate("share", None, 4, Outcome.BEYOND_DEPTHS),
        ]

    def test_the_inactive_are_passed_over_with_compression(self):
        compressed = plan(compression=True, rules=[{"depth": 2, "percent": "5"}], depths=2)
        chain = [person(1, active=False), person(2), person(3), person(4)]
        assert told(compressed, chain) == [
            Candidate("share", 2, 3, Outcome.PAID, Rule(500, None, "rules[0]"), 500, 500),
            Candidate("share", None, 1, Outcome.PASSED_OVER),
            Candidate("share", 1, 2, Outcome.NO_RULE),
            Candidate("share", None, 4, Outcome.BEYOND_DEPTHS),
        ]

    def test_a_ceiling_that_leaves_nothing_is_told_with_what_it_took(self):
        nothing = plan(ceiling={"of": "paid", "percent": "0"})
        found = explain_line(LINE, [person(1)], nothing)
        assert found == LineExplanation(
            LINE, 10_000, 0, [Candidate("share", 1, 1, Outcome.CAPPED, SHARE, 1000, 0)]
        )
        assert (found.full_total, found.total, found.is_scaled) == (1000, 0, True)

    def test_a_ceiling_that_is_just_reached_takes_nothing(self):
        found = explain_line(LINE, [person(1)], plan(ceiling={"of": "paid", "percent": "10"}))
        assert (found.limit, found.full_total, found.total) == (1000, 1000, 1000)
        assert not found.is_scaled

    def test_base_and_limit_are_those_of_the_plan(self):
        found = explain_line(LINE, [], plan(base="list", ceiling={"of": "profit", "percent": "50"}))
        assert found == LineExplanation(LINE, 12_000, 3000, [])
        assert explain_line(LINE, [], plan()) == LineExplanation(LINE, 10_000, None, [])


class TestLevelDifference:
    rates = [{"level": "silver", "percent": "8"}, {"level": "gold", "percent": "15"}]

    def plan(self) -> CompiledPlan:
        return plan(level_difference={"rates": self.rates})

    def test_who_stands_no_higher_is_told_the_rate_of_their_level(self):
        # The seller paid 10 % already; silver has 8 %.
        found = told(self.plan(), [person(1), person(2, "silver")])
        assert found == [
            Candidate("share", 1, 1, Outcome.PAID, SHARE, 1000, 1000),
            Candidate("share", 2, 2, Outcome.NO_RULE),
            Candidate(
                "level_difference",
                2,
                2,
                Outcome.NO_DIFFERENCE,
                Rule(800, None, "level_difference.rates[0]"),
            ),
        ]

    def test_who_earns_a_difference_is_not_told_of_twice(self):
        found = told(self.plan(), [person(1), person(2, "gold")])
        assert [each for each in found if each.kind == "level_difference"] == [
            Candidate(
                "level_difference",
                2,
                2,
                Outcome.PAID,
                Rule(500, None, "level_difference.rates[1]"),
                500,
                500,
            )
        ]

    def test_a_seller_and_a_level_without_a_rate_take_no_part(self):
        found = told(self.plan(), [person(1, "gold"), person(2, "bronze"), person(3)])
        assert {each.kind for each in found} == {"share"}


class TestNewcomer:
    def plan(self, percent: str = "3") -> CompiledPlan:
        return plan(newcomer={"days": 30, "percent": percent})

    def test_who_joined_too_long_ago(self):
        assert told(self.plan(), [person(1)], Facts(seller_days=30))[1:] == [
            Candidate("newcomer", 1, 1, Outcome.NO_NEWCOMER, Rule(300, None, "newcomer"))
        ]

    def test_a_boost_of_zero(self):
        assert told(self.plan("0"), [person(1)], Facts(seller_days=0))[1:] == [
            Candidate("newcomer", 1, 1, Outcome.ZERO, Rule(0, None, "newcomer"))
        ]

    def test_an_inactive_seller_and_a_plan_without_it_have_no_story(self):
        assert told(self.plan(), [person(1, active=False), person(2)], Facts(seller_days=0)) == [
            Candidate("share", 1, 1, Outcome.INACTIVE),
            Candidate("share", 2, 2, Outcome.NO_RULE),
        ]
        assert len(told(plan(), [person(1)], Facts(seller_days=0))) == 1


class TestReferral:
    @pytest.mark.parametrize(
        ("percent", "active", "purchase", "reason"),
        [
            ("4", True, 3, Outcome.LATER_PURCHASE),
            ("4", False, 3, Outcome.LATER_PURCHASE),
            ("4", False, 2, Outcome.INACTIVE),
            ("0", True, 2, Outcome.ZERO),
        ],
    )
    def test_why_the_recruiter_earns_nothing(self, percent, active, purchase, reason):
        award = plan(referral={"orders": 2, "percent": percent})
        facts = Facts(recruiter=person(9, active=active), purchase=purchase)
        rule = Rule(int(percent) * 100, None, "referral")
        assert told(award, [], facts) == [Candidate("referral", 1, 9, reason, rule)]

    def test_no_recruiter_and_a_plan_without_it_have_no_story(self):
        assert told(plan(referral={"orders": 2, "percent": "4"}), []) == []
        assert told(plan(), [], Facts(recruiter=person(9), purchase=1)) == []


class TestRegions:
    facts = Facts(
        agents=(
            Agent(0, "浙江省", person(6)),
            Agent(1, "浙江省/杭州市", person(7)),
            Agent(2, "浙江省/杭州市/西湖区", person(8, active=False)),
        )
    )

    def plan(self, city: dict) -> CompiledPlan:
        agents = [
            {"region": "浙江省", "distributor": "A", "percent": "1"},
            {"region": "浙江省/杭州市", "distributor": "B", **city},
            {"region": "浙江省/杭州市/西湖区", "distributor": "C", "percent": "3"},
        ]
        return plan(regions={"agents": agents})

    def test_each_with_the_tier_of_their_region(self):
        rule = Rule(None, 150, "regions.agents[1]")
        assert told(self.plan({"amount": "1.50"}), [], self.facts) == [
            Candidate("region", 2, 7, Outcome.PAID, rule, 300, 300),
            Candidate("region", 1, 6, Outcome.WIDER_REGION),
            Candidate("region", 3, 8, Outcome.INACTIVE),
        ]

    def test_the_nearest_with_a_rule_of_zero_keeps_the_wider_away(self):
        assert told(self.plan({"percent": "0"}), [], self.facts) == [
            Candidate("region", 1, 6, Outcome.WIDER_REGION),
            Candidate("region", 2, 7, Outcome.ZERO),
            Candidate("region", 3, 8, Outcome.INACTIVE),
        ]


class TestStore:
    @pytest.mark.parametrize(
        ("percent", "active", "reason"),
        [("2", False, Outcome.INACTIVE), ("0", True, Outcome.ZERO)],
    )
    def test_why_the_keeper_earns_nothing(self, percent, active, reason):
        facts = Facts(store=person(5, active=active))
        rule = Rule(int(percent) * 100, None, "store")
        assert told(plan(store={"percent": percent}), [], facts) == [
            Candidate("store", 1, 5, reason, rule)
        ]

    def test_no_pickup_and_a_plan_without_it_have_no_story(self):
        assert told(plan(store={"percent": "2"}), []) == []
        assert told(plan(), [], Facts(store=person(5))) == []


def test_one_person_is_told_of_once_for_each_kind():
    """Somebody may be seller, recruiter and keeper at once: three stories, not one."""
    several = plan(referral={"orders": 1, "percent": "4"}, store={"percent": "0"})
    facts = Facts(recruiter=person(1), purchase=1, store=person(1))
    assert [(each.kind, each.outcome) for each in told(several, [person(1)], facts)] == [
        ("share", Outcome.PAID),
        ("referral", Outcome.PAID),
        ("store", Outcome.ZERO),
    ]
