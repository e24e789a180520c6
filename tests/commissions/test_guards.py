"""What was computed, released or activated is never rewritten, not even past the services."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.commissions.models import Commission, OrderBooking, Plan, Release
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def booked(merchant):
    document = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
    plan = activate_plan(plan=draft_plan(merchant=merchant, content=document), effective_from=START)
    order = OrderFactory(distributor=DistributorFactory(), completed=True, placed_at=START)
    OrderLineFactory(order=order)
    run_due(merchant=merchant)
    return plan


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Commission, {"amount": Decimal("1.00")}),
        (Release, {"amount": Decimal("1.00")}),
        (OrderBooking, {"facts": {}}),
        (Plan, {"document": {}}),
        (Plan, {"name": "other"}),
        (Plan, {"effective_from": datetime(2026, 2, 1, tzinfo=UTC)}),
    ],
)
def test_the_database_refuses_to_rewrite_history(booked, model, changes):
    assert model.objects.count() == 1
    before = list(model.objects.values())
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**changes)
    assert list(model.objects.values()) == before


def test_a_plan_may_end(booked):
    end = datetime(2026, 4, 1, tzinfo=UTC)
    Plan.objects.update(effective_to=end)
    booked.refresh_from_db()
    assert booked.effective_to == end


def test_a_draft_may_change(merchant):
    draft = draft_plan(
        merchant=merchant,
        content={"name": "D", "depths": 1, "rules": [{"depth": 1, "percent": "1"}]},
    )
    Plan.objects.filter(pk=draft.pk).update(name="E")
    draft.refresh_from_db()
    assert draft.name == "E"
