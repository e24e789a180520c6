"""A change of upline and the money: what was paid before it counts the old upline."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from apps.commissions.models import Commission, StageRun
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import TreeMove
from apps.distributors.services.move_requests import propose_move, propose_undoing
from apps.insights.selectors.reconcile import reconcile
from apps.promotion.models import Attribution
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory, UserFactory

RULES = [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}]


@pytest.fixture
def team(merchant):
    """seller under old; new beside them; a plan in force for a month."""
    activate_plan(
        plan=draft_plan(merchant=merchant, content={"name": "P", "depths": 2, "rules": RULES}),
        effective_from=timezone.now() - timedelta(days=30),
        acknowledged_by="Owner",
    )
    old, new = DistributorFactory(code="OLD"), DistributorFactory(code="NEW")
    return DistributorFactory(code="S", parent=old), new


def sell(seller, paid_at):
    return OrderLineFactory(order=OrderFactory(distributor=seller, placed_at=paid_at)).order


def earned(order):
    rows = Commission.objects.filter(order_line__order=order).order_by("depth")
    return list(rows.values_list("beneficiary__code", "amount"))


def test_an_order_counts_who_stood_where_when_it_was_paid(merchant, team):
    seller, new = team
    start = timezone.now()
    attributed = sell(seller, start - timedelta(days=2))
    run_due(merchant=merchant)
    waiting = sell(seller, start - timedelta(days=1))

    move = propose_move(
        distributor=seller, parent=new, reason="r", actor=UserFactory(), request_key="k"
    )
    after = sell(seller, timezone.now())
    run_due(merchant=merchant)

    old = [("S", Decimal("10.00")), ("OLD", Decimal("5.00"))]
    assert earned(attributed) == earned(waiting) == old
    assert earned(after) == [("S", Decimal("10.00")), ("NEW", Decimal("5.00"))]

    snapshots = list(Attribution.objects.order_by("pk").values_list("chain"))
    propose_undoing(move=move, reason="r", actor=UserFactory(), request_key="u")
    run_due(merchant=merchant)
    assert list(Attribution.objects.order_by("pk").values_list("chain")) == snapshots
    assert earned(sell_and_book(merchant, seller))[1][0] == "OLD"
    assert list(reconcile(merchant=merchant)) == []


def sell_and_book(merchant, seller):
    order = sell(seller, timezone.now())
    run_due(merchant=merchant)
    return order


def test_a_planned_move_is_made_before_orders_paid_since_are_attributed(merchant, team):
    seller, new = team
    moment = timezone.now() + timedelta(days=2)
    propose_move(
        distributor=seller,
        parent=new,
        reason="r",
        actor=UserFactory(),
        request_key="k",
        effective_at=moment,
    )
    with time_machine.travel(moment + timedelta(hours=3), tick=False):
        before, after = (
            sell(seller, moment - timedelta(seconds=1)),
            sell(seller, moment + timedelta(seconds=1)),
        )
        counts = run_due(merchant=merchant)

    assert counts["moves"] == 1
    assert StageRun.objects.latest("pk").counts["moves"] == 1
    assert TreeMove.objects.get().status == "done"
    assert earned(before)[1][0] == "OLD"
    assert earned(after)[1][0] == "NEW"
