from datetime import date
from decimal import Decimal

import pytest

from apps.insights.selectors import distributor_figures
from tests.factories import DistributorFactory
from tests.insights.rows import earn, give_back, moment, sell, take_back
from tests.payouts.money import Kind, fund, incur_debt

NOW = moment("2026-03-31T12:00:00+08:00")
TODAY = moment("2026-03-31T00:00:00+08:00")
YESTERDAY = moment("2026-03-30T23:59:59+08:00")
LONG_AGO = moment("2025-12-01T12:00:00+08:00")


@pytest.fixture
def person(merchant):
    return DistributorFactory(merchant=merchant)


def test_a_new_distributor_has_zeros(person):
    found = distributor_figures(person, now=NOW)

    money = (found.today, found.yesterday, found.pending, found.available, found.lifetime)
    assert money == (0, 0, 0, 0, 0)
    assert (found.withdrawing, found.paid, found.debt) == (0, 0, 0)
    assert (found.direct, found.team) == (0, 0)
    assert [found.earnings_series[0], found.earnings_series[-1]] == [
        (date(2026, 3, 2), Decimal("0.00")),
        (date(2026, 3, 31), Decimal("0.00")),
    ]


def test_earnings_are_net_and_on_their_day(merchant, person):
    earn(person, sell(person, "100.00", at=LONG_AGO), "10.00")
    order = sell(person, "80.00", at=YESTERDAY)
    earned = earn(person, order, "8.00")
    take_back(earned, give_back(order, "30.00", at=TODAY), "3.00")
    other = DistributorFactory(merchant=merchant)
    earn(other, order, "4.00", depth=2)

    found = distributor_figures(person, now=NOW)

    assert (found.today, found.yesterday) == (Decimal("-3.00"), Decimal("8.00"))
    assert found.lifetime == Decimal("15.00")
    assert found.earnings_series[-2:] == [
        (date(2026, 3, 30), Decimal("8.00")),
        (date(2026, 3, 31), Decimal("-3.00")),
    ]


def test_balances_are_the_wallets(person):
    fund(person, "5.00", Kind.PENDING)
    fund(person, "4.00", Kind.AVAILABLE)
    fund(person, "3.00", Kind.WITHDRAWING)
    fund(person, "2.00", Kind.PAID)
    incur_debt(person, "1.00")

    found = distributor_figures(person, now=NOW)

    assert (found.pending, found.available) == (Decimal("5.00"), Decimal("4.00"))
    assert (found.withdrawing, found.paid) == (Decimal("3.00"), Decimal("2.00"))
    assert found.debt == Decimal("1.00")


def test_the_team_is_everybody_below_who_was_not_terminated(merchant, person):
    child = DistributorFactory(merchant=merchant, parent=person)
    DistributorFactory(merchant=merchant, parent=person, status="suspended")
    DistributorFactory(merchant=merchant, parent=person, status="terminated")
    DistributorFactory(merchant=merchant, parent=child)
    DistributorFactory(merchant=merchant)

    # Numbers of the tree may have moved since the caller read the person.
    found = distributor_figures(type(person).objects.get(pk=person.pk), now=NOW)

    assert (found.direct, found.team) == (2, 3)


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_do_not_grow(merchant, person, django_assert_num_queries, count):
    for _ in range(count):
        DistributorFactory(merchant=merchant, parent=person)
        earn(person, sell(person, "1.00", at=TODAY), "0.10")

    with django_assert_num_queries(4):
        assert distributor_figures(person, now=NOW).team == count
