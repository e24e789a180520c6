"""A merchant's sound books."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.insights.selectors.reconcile import reconcile
from apps.orders.models import OrderLine
from apps.orders.services.refunds import record_refund
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory
from tests.flows.command_line import withdraw_and_pay

START = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = {
    "name": "P",
    "depths": 1,
    "rules": [{"depth": 1, "percent": "10"}],
    "ceiling": {"of": "paid", "percent": "50"},
}


@pytest.fixture
def seller(merchant):
    """Three sales of ¥100.00: released and partly refunded, released, pending; ¥9.00 paid out."""
    seller = DistributorFactory(code="S")
    activate_plan(plan=draft_plan(merchant=merchant, content=PLAN), effective_from=START)
    for completed in (True, True, False):
        order = OrderFactory(distributor=seller, completed=completed, placed_at=START)
        line = OrderLineFactory(order=order, unit_price=Decimal("100.00"))
        if completed and not line.refunds.exists() and OrderLine.objects.count() == 1:
            record_refund(
                order_line=line, amount=Decimal("50.00"), refunded_at=START + timedelta(days=1)
            )
    run_due(merchant=merchant)
    withdraw_and_pay(merchant, seller, Decimal("9.00"), key="one")
    assert list(reconcile(merchant=merchant)) == []
    return seller
