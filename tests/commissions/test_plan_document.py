import json

import pytest

from apps.commissions.plan_document import PlanRefused, parse_plan, parse_plan_json

DOCUMENT = {
    "name": "2026 春", "depths": 2, "base": "paid", "hold_days": 7, "self_purchase": False,
    "compression": False, "ceiling": {"of": "paid", "percent": "30"},
    "rules": [
        {"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"},
        {"depth": 1, "level": "gold", "percent": "12"},
        {"depth": 1, "category": "茶", "percent": "15"},
        {"depth": 1, "sku": "T-001", "amount": "8.00"},
    ],
}  # fmt: skip


def paths(document) -> list[str]:
    with pytest.raises(PlanRefused) as refused:
        parse_plan(document, max_depths=3)
    return [problem.path for problem in refused.value.problems]


def test_the_documents_own_example_is_read():
    document = parse_plan_json(json.dumps(DOCUMENT), max_depths=3)
    assert document["rules"][4] == {"depth": 1, "sku": "T-001", "amount": "8.00"}
    assert document["rules"][0] == {"depth": 1, "percent": "10.00"}
    assert parse_plan(document, max_depths=3) == document


def test_what_is_left_out_has_a_default():
    document = parse_plan({"name": "P", "depths": 1, "rules": DOCUMENT["rules"][:1]}, max_depths=3)
    assert {key: document[key] for key in ("base", "hold_days", "self_purchase", "ceiling")} == {
        "base": "paid", "hold_days": 7, "self_purchase": False, "ceiling": None,
    }  # fmt: skip


def test_numbers_are_read_exactly():
    text = '{"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": 12.35}]}'
    assert parse_plan_json(text, max_depths=3)["rules"][0]["percent"] == "12.35"


def with_rule(**rule) -> dict:
    return DOCUMENT | {"rules": [*DOCUMENT["rules"], rule]}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (DOCUMENT | {"colour": "red"}, "colour"),
        (DOCUMENT | {"name": " "}, "name"),
        (DOCUMENT | {"depths": 4}, "depths"),
        (DOCUMENT | {"depths": "2"}, "depths"),
        (DOCUMENT | {"depths": True}, "depths"),
        (DOCUMENT | {"base": "gross"}, "base"),
        (DOCUMENT | {"hold_days": -1}, "hold_days"),
        (DOCUMENT | {"self_purchase": "no"}, "self_purchase"),
        (DOCUMENT | {"ceiling": {"of": "paid", "percent": "101"}}, "ceiling.percent"),
        (DOCUMENT | {"ceiling": {"of": "sales", "percent": "10"}}, "ceiling.of"),
        (DOCUMENT | {"ceiling": 30}, "ceiling"),
        (DOCUMENT | {"rules": []}, "rules"),
        (with_rule(depth=3, percent="1"), "rules[5].depth"),
        (with_rule(depth=1, percent="100.01", sku="X"), "rules[5].percent"),
        (with_rule(depth=1, percent="-1", sku="X"), "rules[5].percent"),
        (with_rule(depth=1, amount="1.234", sku="X"), "rules[5].amount"),
        (with_rule(depth=1, percent="1", amount="1", sku="X"), "rules[5]"),
        (with_rule(depth=1, sku="X"), "rules[5]"),
        (with_rule(depth=1, percent="1", sku="X", category="茶"), "rules[5].category"),
        (with_rule(depth=1, percent="1", colour="red", sku="X"), "rules[5].colour"),
        (with_rule(depth=1, percent="1"), "rules[5]"),
        (DOCUMENT | {"rules": ["x"]}, "rules[0]"),
    ],
)
def test_a_fault_is_named_by_its_path(document, path):
    assert paths(document) == [path]


def test_every_fault_is_found_at_once():
    assert paths({"base": "x", "rules": [{"depth": 9}]}) == [
        "name", "depths", "base", "rules[0].depth", "rules[0]",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "[]", '"plan"'])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(PlanRefused):
        parse_plan_json(text, max_depths=3)
