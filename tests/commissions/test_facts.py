"""What further kinds are told of an order, as it was when it was paid."""

from datetime import timedelta

import pytest

from apps.commissions.models import Commission
from apps.distributors.services.standing import suspend_distributor
from tests.commissions.test_bonuses import DAY, PAID, START, money, put_in_force, run, sell
from tests.factories import DistributorFactory, UserFactory

pytestmark = pytest.mark.django_db
PLAN = {
    "rules": [{"depth": 1, "percent": "10"}],
    "newcomer": {"days": 30, "percent": "3"},
    "compression": True,
}


def newcomers() -> list[tuple]:
    found = Commission.objects.filter(kind="newcomer")
    return list(found.values_list("beneficiary__code", "amount"))


@pytest.mark.parametrize(
    ("above", "seller", "paid"),
    [
        (START - DAY, PAID - DAY, []),
        (PAID - DAY, START - DAY, [("A", money("3.00"))]),
        (PAID - timedelta(days=30), START - DAY, []),
    ],
)
def test_the_newcomer_is_whoever_takes_depth_one(merchant, above, seller, paid):
    put_in_force(merchant, **PLAN)
    upline = DistributorFactory(code="A", joined_at=above)
    suspended = DistributorFactory(code="B", parent=upline, joined_at=seller)
    suspend_distributor(
        distributor=suspended, reason="Away", actor=UserFactory(), effective_at=PAID - DAY
    )
    sell(suspended, "100.00")

    run(merchant, PAID + DAY)

    assert newcomers() == paid
