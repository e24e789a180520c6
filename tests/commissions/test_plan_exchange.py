"""export_plan and import_plan: what goes out comes in again, exactly."""

import io
import json
from operator import itemgetter

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.commissions.models import Plan
from apps.commissions.plan_document import dump_plan_json, parse_plan, parse_plan_json
from apps.commissions.services.plans import activate_plan, draft_plan
from tests.factories import DistributorFactory, LevelFactory, SkuFactory

NAMES = st.text("abc金茶 é\"'\\<&", min_size=1, max_size=12).filter(str.strip)
PERCENT = st.integers(0, 10_000).map(lambda points: f"{points // 100}.{points % 100:02d}")
AMOUNT = st.integers(0, 10**9).map(lambda minor: f"{minor // 100}.{minor % 100:02d}")
EARNING = st.one_of(
    st.fixed_dictionaries({"percent": PERCENT | st.integers(0, 100)}),
    st.fixed_dictionaries({"amount": AMOUNT}),
)


def joined(*parts: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(*parts).map(lambda found: {k: v for each in found for k, v in each.items()})


SCOPE = st.one_of(
    st.just({}), *(st.fixed_dictionaries({key: NAMES}) for key in ("sku", "product", "category"))
)
RULE = joined(
    st.fixed_dictionaries({"depth": st.integers(1, 3)}, optional={"level": NAMES}), SCOPE, EARNING
)
STEPS = st.lists(st.tuples(st.integers(0, 10**6), EARNING), min_size=1, max_size=4,
                 unique_by=lambda step: step[0])  # fmt: skip
BONUS = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["own", "team"]),
        "period": st.sampled_from(["month", "quarter", "year"]),
        "steps": STEPS.map(
            lambda steps: [
                {"reach": reach} | pays for reach, pays in sorted(steps, key=itemgetter(0))
            ]
        ),
    },
    optional={"pool": AMOUNT},
)


def rule_place(rule):
    return tuple(str(rule.get(key, "")).strip() for key in
                 ("depth", "level", "sku", "product", "category"))  # fmt: skip


AGENT = joined(
    st.fixed_dictionaries({"region": st.sampled_from(["浙江省", "浙江省/杭州市", "江苏省"]),
                           "distributor": NAMES}), EARNING)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "depths": st.just(3),
        "rules": st.lists(RULE, min_size=1, max_size=8, unique_by=rule_place),
    },
    optional={
        "base": st.sampled_from(["paid", "list", "profit"]),
        "hold_days": st.integers(0, 365),
        "self_purchase": st.booleans(),
        "compression": st.booleans(),
        "ceiling": st.none()
        | st.fixed_dictionaries({"of": st.sampled_from(["paid", "profit"]), "percent": PERCENT}),
        "level_difference": st.fixed_dictionaries(
            {
                "rates": st.lists(
                    st.fixed_dictionaries({"level": NAMES, "percent": PERCENT}),
                    min_size=1, max_size=4, unique_by=lambda rate: rate["level"].strip(),
                )
            },
            optional={"same_level": PERCENT},
        ),
        "newcomer": st.fixed_dictionaries({"days": st.integers(1, 3650), "percent": PERCENT}),
        "referral": st.fixed_dictionaries({"orders": st.integers(1, 1000), "percent": PERCENT}),
        "regions": st.fixed_dictionaries(
            {"agents": st.lists(AGENT, min_size=1, max_size=3, unique_by=lambda a: a["region"])},
            optional={"pays": st.sampled_from(["nearest", "all"])},
        ),
        "store": EARNING,
        "stage_bonuses": st.lists(BONUS, min_size=1, max_size=3),
    },
)  # fmt: skip


@given(DOCUMENTS)
def test_any_document_comes_back_exactly(raw):
    document = parse_plan(raw, max_depths=3)
    text = dump_plan_json(document)
    again = parse_plan_json(text, max_depths=3)
    assert again == document
    assert dump_plan_json(again) == text


EVERYTHING = {
    "name": "所有",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 1, "sku": "T-001", "amount": "8.00"}],
    "level_difference": {"rates": [{"level": "gold", "percent": "12"}], "same_level": "1"},
    "newcomer": {"days": 30, "percent": "3"},
    "referral": {"orders": 2, "percent": "4"},
    "regions": {"agents": [{"region": "浙江省/杭州市", "distributor": "D1", "percent": "1"}]},
    "store": {"percent": "2"},
    "stage_bonuses": [{"of": "team", "steps": [{"reach": "1000", "percent": "1"}], "pool": "50"}],
}


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def shop(merchant):
    LevelFactory(code="gold")
    SkuFactory(code="T-001")
    DistributorFactory(code="D1")
    return merchant


def test_an_exported_plan_is_imported_as_the_same_document(shop, tmp_path):
    first = draft_plan(merchant=shop, content=EVERYTHING)
    exported, _err = run("export_plan", "--merchant", shop.code, "--version", "1")
    (tmp_path / "plan.json").write_text(exported, encoding="utf-8")
    run("import_plan", "--merchant", shop.code, str(tmp_path / "plan.json"))

    second = Plan.objects.get(version=2)
    assert second.document == first.document
    assert run("export_plan", "--merchant", shop.code, "--version", "2")[0] == exported


def test_the_plan_in_force_is_exported_unless_a_version_is_named(shop):
    with pytest.raises(CommandError, match="no plan is in force now; name one with --version"):
        run("export_plan", "--merchant", shop.code)
    one = EVERYTHING | {"depths": 1, "level_difference": None}
    activate_plan(plan=draft_plan(merchant=shop, content=one | {"name": "In force"}))
    draft_plan(merchant=shop, content=one | {"name": "Later"})
    exported, _err = run("export_plan", "--merchant", shop.code)
    assert json.loads(exported)["name"] == "In force"
    with pytest.raises(CommandError, match="there is no plan with version 9"):
        run("export_plan", "--merchant", shop.code, "--version", "9")


def test_import_plan_prints_warnings_and_goes_on(shop, tmp_path):
    rules = [{"depth": 1, "percent": "10"}, {"depth": 1, "sku": "T-001", "amount": "60.01"}]
    document = {"name": "P", "depths": 1, "rules": rules}
    (tmp_path / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    out, err = run("import_plan", "--merchant", shop.code, str(tmp_path / "plan.json"))
    assert out == "P v1: saved as a draft.\n"
    assert err.splitlines() == [
        "warning: rules[0]: never applies: for all its goods, rules[1] is more specific.",
        "warning: Can lose money on 1 of 1 SKUs at their current price and cost.",
        "warning: T-001: earns up to 60.01 of a margin of 60.00.",
    ]
