from datetime import date
from decimal import Decimal

import pytest
from django_scopes import scope

from apps.insights.selectors import PeriodFigures, merchant_figures
from apps.payouts.selectors import ReviewQueue
from apps.payouts.services import request_withdrawal
from tests.factories import DistributorFactory, MerchantFactory
from tests.insights.rows import earn, give_back, moment, sell, take_back
from tests.payouts.conftest import add_account
from tests.payouts.money import Kind, fund

NOW = moment("2026-03-31T12:00:00+08:00")
TODAY = moment("2026-03-31T00:00:00+08:00")
FIRST_OF_MONTH = moment("2026-03-01T00:00:00+08:00")


def figures(orders, sales, refunds, commission) -> PeriodFigures:
    return PeriodFigures(orders, Decimal(sales), Decimal(refunds), Decimal(commission))


@pytest.fixture
def person(merchant):
    return DistributorFactory(merchant=merchant)


def test_a_new_merchant_has_zeros_and_thirty_days(merchant):
    found = merchant_figures(merchant=merchant, now=NOW)

    assert found.today == found.month == figures(0, "0.00", "0.00", "0.00")
    assert (found.pending, found.available, found.withdrawing) == (0, 0, 0)
    assert found.review == ReviewQueue(0, Decimal("0.00"))
    assert found.sales_series[0] == (date(2026, 3, 2), Decimal("0.00"))
    assert found.sales_series[-1] == (date(2026, 3, 31), Decimal("0.00"))
    assert len(found.sales_series) == len(found.commission_series) == 30


def test_each_fact_counts_on_its_own_day(merchant, person):
    first = sell(person, "100.00", "50.00", at=FIRST_OF_MONTH)
    earned = earn(person, first, "15.00")
    take_back(earned, give_back(first, "20.00", at=TODAY), "3.00")
    earn(person, sell(person, "8.00", at=TODAY), "0.80")
    # Nobody's order is the merchant's sale all the same.
    sell(None, "1.00", at=TODAY, merchant=merchant)
    sell(person, "1000.00", at=moment("2026-02-28T23:59:59+08:00"))
    sell(person, "1000.00", at=TODAY, status="cancelled")

    found = merchant_figures(merchant=merchant, now=NOW)

    assert found.today == figures(2, "9.00", "20.00", "-2.20")
    assert found.month == figures(3, "159.00", "20.00", "12.80")
    assert dict(found.sales_series)[date(2026, 3, 31)] == Decimal("9.00")
    assert dict(found.commission_series)[date(2026, 3, 31)] == Decimal("-2.20")


def test_the_chart_reaches_into_the_month_before(merchant, person):
    sell(person, "7.00", at=moment("2026-03-30T12:00:00+08:00"))

    found = merchant_figures(merchant=merchant, now=moment("2026-04-01T00:00:00+08:00"))

    assert found.month == figures(0, "0.00", "0.00", "0.00")
    assert found.sales_series[0][0] == date(2026, 3, 3)
    assert dict(found.sales_series)[date(2026, 3, 30)] == Decimal("7.00")


def test_what_is_owed_and_what_awaits_review(merchant, person):
    add_account(person)
    fund(person, "100.00")
    fund(person, "40.00", Kind.PENDING)
    request_withdrawal(distributor=person, amount="30.00", request_key="one")
    other = MerchantFactory()
    with scope(merchant=other):
        fund(DistributorFactory(merchant=other), "5.00")

    found = merchant_figures(merchant=merchant, now=NOW)

    assert (found.pending, found.available) == (Decimal("40.00"), Decimal("70.00"))
    assert found.withdrawing == Decimal("30.00")
    assert found.review == ReviewQueue(1, Decimal("30.00"))


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_do_not_grow(merchant, person, django_assert_num_queries, count):
    for _ in range(count):
        earn(person, sell(person, "1.00", at=TODAY), "0.10")

    with django_assert_num_queries(6):
        assert merchant_figures(merchant=merchant, now=NOW).today.orders == count
