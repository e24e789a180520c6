"""One sentence for every outcome, one for every kind of rule; the calculations to the fen."""

import pytest
from django.utils.translation import override

from apps.commissions.engine import (
    Agent,
    CompiledPlan,
    Extra,
    Facts,
    Line,
    Outcome,
    Upline,
    explain_line,
)
from apps.commissions.plan_document import parse_plan
from apps.commissions.selectors.explanation_words import Words

LINE = Line(
    id=1, sku="T-1", product="T", category="茶/普洱", quantity=2, paid=4999, list=6000, cost=3000
)
PERCENT = {"depth": 1, "percent": "12.55"}
LEVELS = {"gold": "金牌", "silver": "银牌"}


def told(facts=None, chain=None, line=LINE, **plan):
    """(words, explanation, facts) of a line under a plan; the chain is one gold person, 7."""
    raw = {"name": "P", "depths": 1, "rules": [PERCENT], **plan}
    document = parse_plan(raw, max_depths=3)
    facts = facts or Facts()
    words = Words(currency="CNY", document=document, level_names=LEVELS, for_distributor=False)
    chain = chain or [Upline(7, "gold", True)]
    return words, explain_line(line, chain, CompiledPlan(document), facts), facts


def sentence(outcome: Outcome, *given, status="active", **plan) -> str:
    words, line, facts = told(*given, **plan)
    (found,) = [each for each in line.candidates if each.outcome == outcome]
    return words.reason(found, line, status, facts)


GOLD, OFF, SILVER = Upline(7, "gold", True), Upline(7, "gold", False), Upline(8, "silver", True)
SHARES = [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}]
DIFFERENCE = {"rates": [{"level": "gold", "percent": "10"}, {"level": "silver", "percent": "8"}]}
AGENTS = {
    "agents": [
        {"region": "浙江", "distributor": "A", "percent": "1"},
        {"region": "浙江/杭州", "distributor": "B", "percent": "1"},
    ]
}
OUTCOMES = {
    Outcome.PAID: (
        lambda: sentence(Outcome.PAID),
        "Earned ¥6.27.",
        "得 ¥6.27。",
    ),
    Outcome.CAPPED: (
        lambda: sentence(
            Outcome.CAPPED,
            None,
            [GOLD, SILVER],
            depths=2,
            rules=SHARES,
            ceiling={"of": "paid", "percent": "0.02"},
            line=LINE._replace(paid=5000),
        ),
        "The ceiling left nothing of ¥2.50.",
        "本应得 ¥2.50，因毛利保护调低后为零。",
    ),
    Outcome.ZERO: (
        lambda: sentence(Outcome.ZERO, rules=[{"depth": 1, "percent": "0"}]),
        "The rule that fits pays zero, and ends the search.",
        "适用的规则为零，不再查找其他规则。",
    ),
    Outcome.NO_RULE: (
        lambda: sentence(Outcome.NO_RULE, rules=[{"depth": 1, "level": "silver", "percent": "1"}]),
        "No rule of the plan fits these goods at depth 1 for this level.",
        "方案中没有适用于这件商品、第 1 层和该等级的规则。",
    ),
    Outcome.INACTIVE: (
        lambda: sentence(Outcome.INACTIVE, None, [OFF], status="suspended"),
        "Was suspended when the order was paid; the share stays with the merchant.",
        "付款时状态为“已冻结”，该份额归商家。",
    ),
    Outcome.PASSED_OVER: (
        lambda: sentence(
            Outcome.PASSED_OVER, None, [OFF, SILVER], status="terminated", compression=True
        ),
        "Was terminated when the order was paid; the next active upline took the depth.",
        "付款时状态为“已清退”，由上面下一位正常的上级递补（紧缩）。",
    ),
    Outcome.BEYOND_DEPTHS: (
        lambda: sentence(Outcome.BEYOND_DEPTHS, None, [GOLD, SILVER]),
        "The plan pays 1 depth; this is above it.",
        "方案只付 1 层，此人在更上层。",
    ),
    Outcome.NO_DIFFERENCE: (
        lambda: sentence(
            Outcome.NO_DIFFERENCE, None, [GOLD, SILVER], depths=2, level_difference=DIFFERENCE
        ),
        "The level's rate, 8%, is not above the highest rate paid below.",
        "该等级的比例 8% 不高于下方已付的最高比例，没有级差。",
    ),
    Outcome.NO_NEWCOMER: (
        lambda: sentence(
            Outcome.NO_NEWCOMER, Facts(seller_days=31), newcomer={"days": 30, "percent": "1"}
        ),
        "Had joined 31 days before; the boost is for the first 30 days.",
        "付款时已加入 31 天，新人奖励只限前 30 天。",
    ),
    Outcome.LATER_PURCHASE: (
        lambda: sentence(
            Outcome.LATER_PURCHASE,
            Facts(recruiter=SILVER, purchase=4),
            referral={"orders": 3, "percent": "1"},
        ),
        "This is the buyer's own purchase number 4; the award is for the first 3.",
        "这是买家本人的第 4 单，推荐奖只限前 3 单。",
    ),
    Outcome.WIDER_REGION: (
        lambda: sentence(
            Outcome.WIDER_REGION,
            Facts(agents=(Agent(0, "浙江", GOLD), Agent(1, "浙江/杭州", SILVER))),
            regions=AGENTS,
        ),
        "The agent of a nearer region is paid instead.",
        "由范围更近的区域代理得佣金。",
    ),
}


def test_every_outcome_has_its_sentence():
    assert list(OUTCOMES) == list(Outcome)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome(outcome):
    say, english, chinese = OUTCOMES[outcome]
    with override("en"):
        assert say() == english
    with override("zh-hans"):
        assert say() == chinese


def test_an_amount_that_rounds_to_zero_says_so():
    with override("en"):
        said = sentence(Outcome.ZERO, line=LINE._replace(paid=3))
    assert said == "The amount rounds to zero: ¥0.03 × 12.55% = 0.003765, rounded half up to ¥0.00."


RULES = [
    (PERCENT, "12.55% at depth 1, any goods, any level"),
    ({"depth": 1, "percent": "10", "level": "gold"}, "10% at depth 1, any goods, level 金牌"),
    ({"depth": 1, "percent": "10", "category": "茶"}, "10% at depth 1, category 茶, any level"),
    ({"depth": 1, "amount": "8", "sku": "T-1"}, "¥8.00 a piece at depth 1, SKU T-1, any level"),
    ({"depth": 1, "percent": "0.5", "product": "T"}, "0.5% at depth 1, product T, any level"),
]


@pytest.mark.parametrize(("rule", "text"), RULES)
def test_share_rule(rule, text):
    words, line, _facts = told(rules=[rule])
    with override("en"):
        assert words.rule(line.candidates[0], line) == text
    assert line.candidates[0].rule.path == "rules[0]"


def test_the_rule_of_a_campaign():
    words, line, _facts = told(line=LINE._replace(extra=Extra("SPRING", 300)))
    [extra] = [each for each in line.candidates if each.kind == "campaign"]
    with override("en"):
        assert words.rule(extra, line) == "3% beside the plan, for goods of campaign SPRING"
    with override("zh-hans"):
        assert words.rule(extra, line) == "活动 SPRING 的商品，在方案之外另得 3%"


def test_rules_of_the_further_kinds():
    facts = Facts(
        seller_days=3,
        recruiter=SILVER,
        purchase=1,
        agents=(Agent(1, "浙江/杭州", SILVER),),
        store=SILVER,
    )
    words, line, _facts = told(
        facts,
        [SILVER, GOLD, Upline(9, "gold", True)],
        depths=3,
        rules=[{"depth": 1, "percent": "3"}],
        level_difference={**DIFFERENCE, "same_level": "1"},
        newcomer={"days": 30, "percent": "2"},
        referral={"orders": 3, "percent": "4"},
        regions=AGENTS,
        store={"amount": "0.50"},
    )
    with override("en"):
        said = {each.kind: words.rule(each, line) for each in line.candidates if each.amount}
    assert said == {
        "share": "3% at depth 1, any goods, any level",
        "newcomer": "2% in the first 30 days after joining",
        "referral": "4% on the recruit's first 3 own purchases",
        "store": "¥0.50 a piece on orders picked up at the store",
        "level_difference": "level 金牌: 10% less 3% already paid below = 7%",
        "region": "1% on deliveries to 浙江/杭州",
        "same_level": "1% for having the same level as the one paid below",
    }


def test_a_rounded_amount_shows_the_exact_one():
    words, line, _facts = told()
    with override("en"):
        formula = words.formula(line.candidates[0], line)
    assert formula == "¥49.99 × 12.55% = 6.273745, rounded half up to ¥6.27"
    words, line, _facts = told(rules=[{"depth": 1, "amount": "8"}])
    assert words.formula(line.candidates[0], line) == "¥8.00 × 2 = ¥16.00"


def test_the_ceiling_tells_limit_and_scaling():
    plan = {"depths": 2, "rules": SHARES, "ceiling": {"of": "profit", "percent": "33"}}
    words, line, _facts = told(None, [GOLD, SILVER], LINE._replace(paid=9999, cost=8000), **plan)
    with override("en"):
        assert words.ceiling(line) == (
            "Ceiling: 33% of the profit (¥19.99) is ¥6.59, rounded down. All rules together came "
            "to ¥15.00, so everybody was scaled down to ¥6.59 in all."
        )
        assert words.scaled(line.candidates[0]) == "scaled down by the ceiling: ¥10.00 → ¥4.39"
    plan["ceiling"]["percent"] = "90"
    words, line, _facts = told(None, [GOLD, SILVER], LINE._replace(paid=9999, cost=8000), **plan)
    with override("en"):
        assert words.ceiling(line) == (
            "Ceiling: 90% of the profit (¥19.99) is ¥17.99; all rules together came to ¥15.00 and "
            "stay within it."
        )
