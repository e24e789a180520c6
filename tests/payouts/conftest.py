"""A distributor with money, and the people who pay it out."""

import pytest

from apps.merchants.models import StaffMembership
from apps.payouts.services import save_payout_account
from tests.factories import DistributorFactory, StaffMembershipFactory
from tests.payouts.money import fund

Role = StaffMembership.Role


@pytest.fixture
def distributor(merchant):
    """Can withdraw ¥100.00 to a bank card."""
    distributor = DistributorFactory(merchant=merchant)
    add_account(distributor)
    fund(distributor, "100.00")
    return distributor


@pytest.fixture
def finance(merchant):
    return StaffMembershipFactory(merchant=merchant, role=Role.FINANCE).user


@pytest.fixture
def second_finance(merchant):
    return StaffMembershipFactory(merchant=merchant, role=Role.FINANCE).user


def add_account(distributor):
    """A bank card for the distributor."""
    return save_payout_account(
        distributor=distributor,
        method="bank",
        holder_name="陈静",
        bank_name="招商银行",
        number="6225 8801 2345 6789",
    )
