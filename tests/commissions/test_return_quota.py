"""How much of what they bought a distributor may return."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.commissions.selectors.return_quota import buyer_of, return_quota_of
from apps.distributors.models import Customer
from apps.orders.models import Refund
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    RefundFactory,
)

NOW = timezone.now()


@pytest.fixture
def me(merchant):
    level = LevelFactory(merchant=merchant, return_quota=Decimal("25"))
    return DistributorFactory(merchant=merchant, code="D1", phone="+8613800000001", level=level)


def buy(merchant, identifier, amount, *, days_ago=1, status="paid"):
    customer, _made = Customer.objects.get_or_create(merchant=merchant, identifier=identifier)
    at = NOW - timedelta(days=days_ago)
    order = OrderFactory(merchant=merchant, customer=customer, status=status, paid_at=at)
    return OrderLineFactory(merchant=merchant, order=order, unit_price=Decimal(amount), quantity=1)


def give_back(line, amount, status="refunded"):
    at = NOW if status == "refunded" else None
    return RefundFactory(
        merchant=line.merchant, order_line=line, amount=Decimal(amount), status=status,
        refunded_at=at,
    )  # fmt: skip


def test_a_share_of_what_was_bought_by_phone_or_code_in_a_year(merchant, me):
    first = buy(merchant, "+8613800000001", "100.01")
    buy(merchant, "D1", "200.00", days_ago=364)
    buy(merchant, "D1", "1000.00", days_ago=366)
    buy(merchant, "+8613800000002", "1000.00")
    buy(merchant, "D1", "1000.00", status="cancelled")
    give_back(first, "30.00")
    give_back(first, "10.00", "requested")
    give_back(first, "20.00", "rejected")

    quota = return_quota_of(me, at=NOW)

    # 300.01 × 25 % = 75.0025
    assert (quota.bought, quota.allowed) == (Decimal("300.01"), Decimal("75.00"))
    assert (quota.returned, quota.left) == (Decimal("40.00"), Decimal("35.00"))


def test_the_refund_looked_at_is_left_out_and_nothing_is_left_below_zero(merchant, me):
    line = buy(merchant, "D1", "100.00")
    give_back(line, "30.00")
    asked = give_back(line, "5.00", Refund.Status.REQUESTED)

    assert return_quota_of(me, at=NOW).returned == Decimal("35.00")
    quota = return_quota_of(me, at=NOW, leaving_out=asked)
    assert (quota.returned, quota.left) == (Decimal("30.00"), Decimal("0.00"))


def test_no_level_or_no_quota_says_nothing(merchant):
    none = DistributorFactory(merchant=merchant, level=None)
    zero = DistributorFactory(merchant=merchant, level=LevelFactory(merchant=merchant))

    assert return_quota_of(none) is None
    assert return_quota_of(zero) is None


def test_two_queries(merchant, me, django_assert_num_queries):
    for _ in range(3):
        give_back(buy(merchant, "D1", "10.00"), "1.00")
    with django_assert_num_queries(2):
        return_quota_of(me)


def test_the_buyer_is_found_by_phone_or_code_inside_the_merchant(merchant, me):
    other = MerchantFactory()
    DistributorFactory(merchant=other, code="D9", phone="+8613800000009")

    assert buyer_of(buy(merchant, "+8613800000001", "1.00").order) == me
    assert buyer_of(buy(merchant, "D1", "1.00").order) == me
    assert buyer_of(buy(merchant, "D9", "1.00").order) is None
    assert buyer_of(buy(merchant, "+8613800000009", "1.00").order) is None
