from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.commissions.models import Plan
from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.plans import activate_plan, draft_plan, edit_draft
from apps.commissions.services.stages import run_due
from apps.orders.services.claiming import claim_orders
from apps.promotion.services import attribute_orders
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
ONE = {"name": "One", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
TWO = {
    "name": "Two",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}],
}


def problems(call, **arguments) -> list[str]:
    with pytest.raises(PlanRefused) as refused:
        call(**arguments)
    return [str(problem) for problem in refused.value.problems]


def test_drafts_are_numbered(merchant):
    first = draft_plan(merchant=merchant, content=ONE)
    second = draft_plan(merchant=merchant, content=b'{"name": "B", "depths": 1, "rules": '
                        b'[{"depth": 1, "percent": 12.5}]}')  # fmt: skip
    assert (first.version, second.version) == (1, 2)
    assert second.document["rules"] == [{"depth": 1, "percent": "12.50"}]
    assert first.is_draft and first.status_at(MARCH) == Plan.Status.DRAFT


def test_what_a_rule_names_must_exist_at_this_merchant(merchant):
    other = MerchantFactory()
    with scope(merchant=other):
        foreign = SkuFactory(merchant=other)
        LevelFactory(merchant=other, code="gold")
        person = DistributorFactory(merchant=other)
    rules = [
        {"depth": 1, "level": "gold", "percent": "1"},
        {"depth": 1, "sku": foreign.code, "percent": "1"},
        {"depth": 1, "product": "nothing", "percent": "1"},
        {"depth": 1, "category": "茶/普洱", "percent": "1"},
    ]
    further = {
        "level_difference": {"rates": [{"level": "gold", "percent": "5"}]},
        "regions": {"agents": [{"region": "浙江省", "distributor": person.code, "percent": "1"}]},
    }
    found = problems(draft_plan, merchant=merchant, content=ONE | {"rules": rules} | further)
    assert [each.split(":")[0] for each in found] == [
        "rules[0].level", "rules[1].sku", "rules[2].product", "rules[3].category",
        "level_difference.rates[0].level", "regions.agents[0].distributor",
    ]  # fmt: skip
    assert not Plan.objects.exists()


def test_an_activated_plan_follows_the_clock(merchant):
    plan = activate_plan(
        plan=draft_plan(merchant=merchant, content=ONE), effective_from=MARCH, actor=UserFactory()
    )
    assert plan.status_at(MARCH - timedelta(seconds=1)) == Plan.Status.SCHEDULED
    assert plan.status_at(MARCH) == Plan.Status.ACTIVE

    following = activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=APRIL)
    plan.refresh_from_db()
    assert plan.effective_to == following.effective_from == APRIL
    assert plan.status_at(APRIL) == Plan.Status.ARCHIVED
    assert [Plan.objects.in_force_at(each).get() for each in (MARCH, APRIL)] == [plan, following]


def test_more_than_one_depth_needs_the_compliance_text_accepted(merchant):
    plan = draft_plan(merchant=merchant, content=TWO)
    assert problems(activate_plan, plan=plan, acknowledged_by=" ") == [
        "depths: More than one depth needs the name of who accepted the compliance text."
    ]
    plan.refresh_from_db()
    assert plan.is_draft
    assert activate_plan(plan=plan, acknowledged_by="Owner").acknowledged_by == "Owner"


def test_an_activated_plan_never_changes(merchant):
    plan = activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=MARCH)
    assert len(problems(edit_draft, plan=plan, content=TWO)) == 1
    assert len(problems(activate_plan, plan=plan, effective_from=APRIL)) == 1
    plan.refresh_from_db()
    assert (plan.name, plan.effective_from, plan.effective_to) == ("One", MARCH, None)


def test_a_draft_can_be_edited(merchant):
    plan = draft_plan(merchant=merchant, content=ONE)
    assert edit_draft(plan=plan, content=TWO).name == "Two"
    assert problems(edit_draft, plan=plan, content=ONE | {"depths": 9})
    plan.refresh_from_db()
    assert plan.name == "Two"


def test_a_plan_cannot_take_effect_before_a_later_one(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=APRIL)
    early = draft_plan(merchant=merchant, content=ONE)
    for moment in (MARCH, APRIL):
        assert "effective_from" in problems(activate_plan, plan=early, effective_from=moment)[0]
    assert Plan.objects.exclude(effective_from=None).count() == 1


def test_orders_already_computed_are_never_computed_again(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=MARCH)
    order = OrderFactory(distributor=DistributorFactory(), paid_at=APRIL)
    OrderLineFactory(order=order)
    run_due(merchant=merchant, as_of=APRIL)

    late = draft_plan(merchant=merchant, content=ONE)
    assert "already computed" in problems(activate_plan, plan=late, effective_from=APRIL)[0]
    activate_plan(plan=late, effective_from=APRIL + timedelta(seconds=1))


def test_own_purchases_given_to_somebody_under_a_plan_are_never_judged_by_another(merchant):
    # Earlier versions attributed in a transaction of its own; such orders may still wait.
    activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=MARCH)
    seller = DistributorFactory(parent=DistributorFactory(joined_at=MARCH), joined_at=MARCH)
    buyer = CustomerFactory(identifier=str(seller.phone))
    OrderLineFactory(order=OrderFactory(distributor=seller, customer=buyer, paid_at=APRIL))
    OrderLineFactory(order=OrderFactory(distributor=seller, paid_at=APRIL + timedelta(days=1)))
    with transaction.atomic():
        orders = claim_orders(merchant=merchant, stage=0, as_of=APRIL + timedelta(days=2), limit=10)
        attribute_orders(merchant=merchant, orders=orders, self_purchase_at=lambda moment: False)

    late = draft_plan(merchant=merchant, content=ONE | {"self_purchase": True})
    assert "already computed" in problems(activate_plan, plan=late, effective_from=APRIL)[0]
    # What is not an own purchase is attributed alike under every plan.
    activate_plan(plan=late, effective_from=APRIL + timedelta(seconds=1))


def test_the_database_keeps_one_open_plan_per_merchant(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=MARCH)
    second = draft_plan(merchant=merchant, content=ONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=second.pk).update(effective_from=APRIL)
