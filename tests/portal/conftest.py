"""A distributor who can sign in, with orders that earned them something."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from tests.factories import (
    DistributorFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    UserFactory,
)

PLAN = {
    "name": "Spring",
    "depths": 2,
    "base": "paid",
    "hold_days": 7,
    "self_purchase": False,
    "compression": False,
    "rules": [{"depth": 1, "percent": "12.5"}, {"depth": 2, "percent": "5"}],
}


@pytest.fixture
def distributor(merchant):
    """Signs in as `client` does."""
    return DistributorFactory(user=UserFactory())


@pytest.fixture
def client(client, distributor):
    client.force_login(distributor.user)
    return client


@pytest.fixture
def sku(merchant):
    return SkuFactory(price=Decimal("100.00"))


@pytest.fixture
def plan(merchant):
    """12.5 % direct, 5 % from the team, in force for a year."""
    since = timezone.now() - timedelta(days=365)
    return activate_plan(
        plan=draft_plan(merchant=merchant, content=PLAN),
        effective_from=since,
        acknowledged_by="Test",
    )


@pytest.fixture
def sell(merchant, plan, sku):
    """Paid orders of one line of ¥100.00 each, booked."""

    def sell(distributor, count=1, **order):
        lines = [
            OrderLineFactory(order=OrderFactory(distributor=distributor, **order), sku=sku)
            for _number in range(count)
        ]
        run_due(merchant=merchant)
        return lines

    return sell
