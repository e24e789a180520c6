"""Every value of a plan document: its limits, what is said beyond them, and what is kept."""

import json
from decimal import Decimal

import pytest

from apps.commissions.plan_document import (
    PlanProblem,
    PlanRefused,
    dump_plan_json,
    parse_plan,
    parse_plan_json,
)

TEN = {"depth": 1, "percent": "10"}
STEP = {"reach": "100", "percent": "1"}
BONUS = {"of": "own", "steps": [STEP]}
NOT_A_NUMBER = 'must be a number with at most two decimals, such as "12.5".'


def document(**changes) -> dict:
    return {"name": "P", "depths": 1, "rules": [TEN]} | changes


def read(**changes) -> dict:
    return parse_plan(document(**changes), max_depths=3)


def faults(**changes) -> list[str]:
    with pytest.raises(PlanRefused) as refused:
        read(**changes)
    assert str(refused.value) == "\n".join(map(str, refused.value.problems))
    return [str(problem) for problem in refused.value.problems]


def test_all_defaults():
    assert read() == {
        "name": "P",
        "depths": 1,
        "base": "paid",
        "hold_days": 7,
        "self_purchase": False,
        "compression": False,
        "ceiling": None,
        "rules": [{"depth": 1, "percent": "10.00"}],
    }


def test_everything_is_kept_in_its_normal_form():
    assert read(
        name="  春  ",
        depths=3,
        base="profit",
        hold_days=365,
        self_purchase=True,
        compression=True,
        ceiling={"of": "profit", "percent": 100},
        rules=[
            {"depth": 3, "level": " gold ", "product": "P-1", "percent": Decimal("0.01")},
            {"depth": 2, "category": "茶/普洱", "amount": "0.50", "sku": None, "level": None},
        ],
        level_difference={"rates": [{"level": "gold", "percent": "3"}], "same_level": "0.5"},
        newcomer={"days": 3650, "percent": "1"},
        referral={"orders": 1000, "percent": "2"},
        regions={
            "agents": [
                {"region": " 浙江省 / 杭州市/西湖区", "distributor": "A", "percent": "1"},
                {"region": "浙江省", "distributor": "B", "amount": "2"},
            ]
        },
        store={"amount": "1"},
        stage_bonuses=[
            {"of": "team", "steps": [{"reach": "0", "amount": "5"}]},
            {
                "of": "own",
                "period": "year",
                "steps": [{"reach": "100", "percent": "1"}, {"reach": "100.01", "percent": "2"}],
                "pool": "1000",
            },
        ],
    ) == {
        "name": "春",
        "depths": 3,
        "base": "profit",
        "hold_days": 365,
        "self_purchase": True,
        "compression": True,
        "ceiling": {"of": "profit", "percent": "100.00"},
        "rules": [
            {"depth": 3, "level": "gold", "product": "P-1", "percent": "0.01"},
            {"depth": 2, "category": "茶/普洱", "amount": "0.50"},
        ],
        "level_difference": {
            "rates": [{"level": "gold", "percent": "3.00"}],
            "same_level": "0.50",
        },
        "newcomer": {"days": 3650, "percent": "1.00"},
        "referral": {"orders": 1000, "percent": "2.00"},
        "regions": {
            "pays": "nearest",
            "agents": [
                {"region": "浙江省/杭州市/西湖区", "distributor": "A", "percent": "1.00"},
                {"region": "浙江省", "distributor": "B", "amount": "2.00"},
            ],
        },
        "store": {"amount": "1.00"},
        "stage_bonuses": [
            {"of": "team", "period": "month", "steps": [{"reach": "0.00", "amount": "5.00"}]},
            {
                "of": "own",
                "period": "year",
                "steps": [
                    {"reach": "100.00", "percent": "1.00"},
                    {"reach": "100.01", "percent": "2.00"},
                ],
                "pool": "1000.00",
            },
        ],
    }


def test_a_kind_that_is_null_is_absent():
    kinds = ("level_difference", "newcomer", "referral", "regions", "store", "stage_bonuses")
    assert read(**dict.fromkeys(kinds)) == read()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": 5}, "name: must be a text."),
        ({"name": "x" * 81}, "name: is longer than 80 characters."),
        ({"depths": 0}, "depths: must be a whole number from 1 to 3."),
        ({"hold_days": 366}, "hold_days: must be a whole number from 0 to 365."),
        ({"base": "gross"}, "base: must be one of paid, list, profit."),
        ({"compression": 1}, "compression: must be true or false."),
        ({"ceiling": 30}, "ceiling: must be an object with “of” and “percent”, or null."),
        ({"ceiling": {"of": "list", "percent": 1}}, "ceiling.of: must be one of paid, profit."),
        ({"ceiling": {"of": "paid"}}, f"ceiling.percent: {NOT_A_NUMBER}"),
        (
            {"ceiling": {"of": "paid", "percent": 1, "to": 2}},
            "ceiling.to: is unknown; known are of, percent.",
        ),
        ({"rules": {}}, "rules: must be a list of at least one rule."),
        ({"rules": [TEN] * 2001}, "rules: has more than 2000 rules."),
        ({"rules": [TEN, "x"]}, "rules[1]: must be an object."),
        ({"rules": [TEN, TEN]}, "rules[1]: says the same as rules[0]: keep one."),
        (
            {"rules": [{"depth": 2, "percent": "1"}]},
            "rules[0].depth: must be a whole number from 1 to 1.",
        ),
        (
            {"rules": [TEN | {"colour": 1}]},
            "rules[0].colour: is unknown; known are"
            " depth, level, sku, product, category, percent, amount.",
        ),
        ({"rules": [TEN | {"sku": ""}]}, "rules[0].sku: must be a text."),
        ({"rules": [TEN | {"level": "x" * 201}]}, "rules[0].level: is longer than 200 characters."),
        (
            {"rules": [TEN | {"product": "P", "category": "C"}]},
            "rules[0].category: a rule has one scope: sku, product or category.",
        ),
        ({"rules": [{"depth": 1}]}, "rules[0]: needs either a percent or an amount."),
        ({"rules": [TEN | {"amount": "1"}]}, "rules[0]: needs either a percent or an amount."),
        ({"rules": [{"depth": 1, "percent": True}]}, f"rules[0].percent: {NOT_A_NUMBER}"),
        ({"rules": [{"depth": 1, "percent": 0.5}]}, f"rules[0].percent: {NOT_A_NUMBER}"),
        ({"rules": [{"depth": 1, "percent": None}]}, f"rules[0].percent: {NOT_A_NUMBER}"),
        (
            {"rules": [{"depth": 1, "percent": "100.01"}]},
            "rules[0].percent: must not be above 100.",
        ),
        ({"rules": [{"depth": 1, "amount": "-0.01"}]}, "rules[0].amount: must not be negative."),
        ({"level_difference": 1}, "level_difference: must be an object with rates, same_level."),
        (
            {"level_difference": {"rates": [], "same_level": "1"}},
            "level_difference.rates: must be a list of at least one item.",
        ),
        (
            {"level_difference": {"rates": [1]}},
            "level_difference.rates[0]: must be an object with level, percent.",
        ),
        (
            {"level_difference": {"rates": [{"percent": "1"}]}},
            "level_difference.rates[0].level: must be a text.",
        ),
        (
            {"level_difference": {"rates": [{"level": "x" * 201, "percent": "1"}]}},
            "level_difference.rates[0].level: is longer than 200 characters.",
        ),
        (
            {"level_difference": {"rates": [{"level": "g", "percent": "1"}] * 2}},
            "level_difference.rates[1].level: has a rate already: keep one.",
        ),
        (
            {"level_difference": {"rates": [{"level": "g"}]}},
            f"level_difference.rates[0].percent: {NOT_A_NUMBER}",
        ),
        (
            {"level_difference": {"rates": [{"level": "g", "percent": 1}], "same_level": 101}},
            "level_difference.same_level: must not be above 100.",
        ),
        (
            {"level_difference": {"rates": [{"level": "g", "percent": 1}] * 101}},
            "level_difference.rates: has more than 100 items.",
        ),
        ({"newcomer": []}, "newcomer: must be an object with days, percent."),
        (
            {"newcomer": {"days": 0, "percent": 1}},
            "newcomer.days: must be a whole number from 1 to 3650.",
        ),
        ({"newcomer": {"days": 1}}, f"newcomer.percent: {NOT_A_NUMBER}"),
        ({"referral": []}, "referral: must be an object with orders, percent."),
        (
            {"referral": {"orders": 1001, "percent": 1}},
            "referral.orders: must be a whole number from 1 to 1000.",
        ),
        ({"referral": {"orders": 1}}, f"referral.percent: {NOT_A_NUMBER}"),
        ({"regions": []}, "regions: must be an object with pays, agents."),
        (
            {"regions": {"agents": None}},
            "regions.agents: must be a list of at least one item.",
        ),
        ({"store": 1}, "store: must be an object with percent, amount."),
        ({"store": {}}, "store: needs either a percent or an amount."),
        ({"store": {"percent": "101"}}, "store.percent: must not be above 100."),
        ({"stage_bonuses": {}}, "stage_bonuses: must be a list of at least one item."),
        ({"stage_bonuses": [BONUS] * 4}, "stage_bonuses: has more than 3 items."),
        (
            {"stage_bonuses": [1]},
            "stage_bonuses[0]: must be an object with of, period, steps, pool.",
        ),
        (
            {"stage_bonuses": [BONUS, BONUS | {"of": "all"}]},
            "stage_bonuses[1].of: must be one of own, team.",
        ),
        (
            {"stage_bonuses": [BONUS | {"period": "week"}]},
            "stage_bonuses[0].period: must be one of month, quarter, year.",
        ),
        ({"stage_bonuses": [BONUS | {"pool": "1.001"}]}, f"stage_bonuses[0].pool: {NOT_A_NUMBER}"),
        (
            {"stage_bonuses": [BONUS | {"steps": []}]},
            "stage_bonuses[0].steps: must be a list of at least one item.",
        ),
        (
            {"stage_bonuses": [BONUS | {"steps": [1]}]},
            "stage_bonuses[0].steps[0]: must be an object with reach, percent, amount.",
        ),
        (
            {"stage_bonuses": [BONUS | {"steps": [STEP, STEP]}]},
            "stage_bonuses[0].steps[1].reach: must be above the step before it.",
        ),
        (
            {"stage_bonuses": [BONUS | {"steps": [{"reach": "1"}]}]},
            "stage_bonuses[0].steps[0]: needs either a percent or an amount.",
        ),
    ],
)
def test_a_fault_says_where_it_is_and_what_would_do(changes, fault):
    found = faults(**changes)
    assert fault in found
    # What follows from it may be named too, but nothing elsewhere.
    place = fault.partition(":")[0].partition("[")[0].partition(".")[0]
    assert all(each.startswith(place) for each in found)


AGENT = {"region": "浙江省", "distributor": "A", "percent": "1"}


@pytest.mark.parametrize(
    ("agents", "fault"),
    [
        ([1], "regions.agents[0]: must be an object with region, distributor, percent, amount."),
        ([AGENT | {"distributor": ""}], "regions.agents[0].distributor: must be a text."),
        (
            [AGENT | {"distributor": "x" * 65}],
            "regions.agents[0].distributor: is longer than 64 characters.",
        ),
        (
            [AGENT, AGENT],
            "regions.agents[1].region: has an agent already at regions.agents[0]: keep one.",
        ),
        (
            [AGENT | {"region": "浙江省//西湖区"}],
            "regions.agents[0].region: is a province, city or district,"
            " such as 浙江省/杭州市/西湖区.",
        ),
        (
            [AGENT | {"region": "a/b/c/d"}],
            "regions.agents[0].region: is a province, city or district,"
            " such as 浙江省/杭州市/西湖区.",
        ),
        ([AGENT | {"region": "x" * 81}], "regions.agents[0].region: is longer than 80 characters."),
        ([AGENT | {"amount": 1}], "regions.agents[0]: needs either a percent or an amount."),
        ([AGENT] * 5001, "regions.agents: has more than 5000 items."),
    ],
)
def test_a_fault_of_an_agent(agents, fault):
    assert faults(regions={"agents": agents}) == [fault]


def test_who_pays_regions_is_one_of_two():
    fault = "regions.pays: must be one of nearest, all."
    assert faults(regions={"pays": "widest", "agents": [AGENT]}) == [fault]
    assert read(regions={"pays": "all", "agents": [AGENT]})["regions"]["pays"] == "all"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x" * 80},
        {"hold_days": 0},
        {"newcomer": {"days": 1, "percent": "0"}},
        {"referral": {"orders": 1, "percent": "100"}},
        {"rules": [TEN | {"sku": f"S-{number}"} for number in range(2000)]},
        {"rules": [TEN | {"level": "x" * 200}]},
        {"store": {"percent": "100"}},
        {"stage_bonuses": [BONUS] * 3},
        {
            "stage_bonuses": [
                BONUS | {"steps": [{"reach": str(n), "percent": "1"} for n in range(20)]}
            ]
        },
        {
            "level_difference": {
                "rates": [{"level": f"L{number}", "percent": "1"} for number in range(100)]
            }
        },
        {"regions": {"agents": [AGENT | {"distributor": "x" * 64}]}},
        {"regions": {"agents": [AGENT | {"region": f"R{number}"} for number in range(5000)]}},
    ],
)
def test_the_limits_themselves_are_allowed(changes):
    assert read(**changes)


def test_too_many_steps():
    steps = [{"reach": str(number), "percent": "1"} for number in range(21)]
    assert faults(stage_bonuses=[BONUS | {"steps": steps}]) == [
        "stage_bonuses[0].steps: has more than 20 items."
    ]


def test_the_faults_of_a_list_are_all_named_and_the_others_still_read():
    assert faults(
        colour="red",
        rules=[1, TEN, TEN, TEN],
        level_difference={"rates": [1, {"level": "g", "percent": "x"}], "more": 1},
        stage_bonuses=[1, {"of": "own", "steps": [1, {"reach": "x", "percent": "1"}]}],
    ) == [
        "colour: is unknown; known are name, depths, base, hold_days, self_purchase, compression,"
        " ceiling, rules, level_difference, newcomer, referral, regions, store, stage_bonuses.",
        "rules[0]: must be an object.",
        "rules[2]: says the same as rules[1]: keep one.",
        "rules[3]: says the same as rules[1]: keep one.",
        "level_difference.more: is unknown; known are rates, same_level.",
        "level_difference.rates[0]: must be an object with level, percent.",
        f"level_difference.rates[1].percent: {NOT_A_NUMBER}",
        "stage_bonuses[0]: must be an object with of, period, steps, pool.",
        "stage_bonuses[1].steps[0]: must be an object with reach, percent, amount.",
        f"stage_bonuses[1].steps[1].reach: {NOT_A_NUMBER}",
    ]


def test_what_must_be_there_is_missed():
    with pytest.raises(PlanRefused) as refused:
        parse_plan({}, max_depths=2)
    assert refused.value.problems == [
        PlanProblem("name", "is missing."),
        PlanProblem("depths", "is missing."),
        PlanProblem("rules", "is missing."),
        PlanProblem("rules", "must be a list of at least one rule."),
    ]


def test_with_a_wrong_depth_rules_are_held_to_the_sites_own():
    assert faults(depths=9, rules=[{"depth": 3, "percent": 1}, {"depth": 4, "percent": 1}]) == [
        "depths: must be a whole number from 1 to 3.",
        "rules[1].depth: must be a whole number from 1 to 3.",
    ]


@pytest.mark.parametrize("text", ["[]", '"plan"', "1", "null"])
def test_what_is_no_object_is_no_plan(text):
    with pytest.raises(PlanRefused) as refused:
        parse_plan_json(text, max_depths=3)
    assert refused.value.problems == [PlanProblem("", "must be a JSON object.")]
    assert str(refused.value) == "must be a JSON object."


def test_what_is_no_json_is_told_with_the_place():
    with pytest.raises(PlanRefused) as refused:
        parse_plan_json('{"name": }', max_depths=3)
    (problem,) = refused.value.problems
    assert problem.path == ""
    assert problem.reason.startswith("is not JSON: ")
    assert "line 1 column 10" in problem.reason


def test_the_text_can_be_read_by_people_and_again_by_the_program():
    plan = read(name="春")
    text = dump_plan_json(plan)
    assert text.startswith('{\n  "name": "春",\n  "depths": 1,\n')
    assert text.endswith("\n}\n")
    assert json.loads(text) == plan
    assert parse_plan_json(text.encode(), max_depths=1) == plan
