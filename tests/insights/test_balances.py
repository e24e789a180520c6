from datetime import timedelta

import pytest
from django_scopes import scope, scopes_disabled

from apps.insights.selectors import balances
from apps.payouts.services import (
    approve_batch,
    approve_withdrawal,
    make_batch,
    mark_payout_paid,
    reject_withdrawal,
    request_withdrawal,
    save_payout_account,
)
from tests.factories import DistributorFactory, MerchantFactory, StaffMembershipFactory
from tests.insights.rows import as_text, earn, give_back, moment, sell, take_back
from tests.payouts.money import Kind, fund, incur_debt

DAY_1 = moment("2026-03-01T00:00:00+08:00")
DAY_2, DAY_3 = DAY_1 + timedelta(days=1), DAY_1 + timedelta(days=2)
LATER = moment("2100-01-01T00:00:00+08:00")


def stored(merchant) -> list[str]:
    return as_text(balances(merchant=merchant))


def as_of(merchant, at) -> list[str]:
    return as_text(balances(merchant=merchant, as_of=at))


def test_everybody_is_listed_by_code_zeros_too(merchant):
    for code in ("b", "B", "a-1", "10"):
        DistributorFactory(merchant=merchant, code=code)

    expected = [f"{code} 0.00 0.00 0.00 0.00 0.00 0.00" for code in ("10", "B", "a-1", "b")]
    assert stored(merchant) == expected
    assert as_of(merchant, DAY_1) == expected


def test_balances_at_a_moment_are_what_had_happened_by_then(merchant):
    person = DistributorFactory(merchant=merchant, code="A")
    fund(person, "100.00", Kind.PENDING, at=DAY_1)
    fund(person, "20.00", Kind.AVAILABLE, at=DAY_2)
    incur_debt(person, "7.00", at=DAY_3)

    before = as_of(merchant, DAY_1 - timedelta(microseconds=1))
    assert before == ["A 0.00 0.00 0.00 0.00 0.00 0.00"]
    assert as_of(merchant, DAY_1) == ["A 100.00 0.00 0.00 0.00 0.00 0.00"]
    assert as_of(merchant, DAY_2) == ["A 100.00 20.00 0.00 0.00 0.00 0.00"]
    assert as_of(merchant, DAY_3) == ["A 100.00 20.00 0.00 0.00 7.00 0.00"]
    assert stored(merchant) == as_of(merchant, DAY_3)


def test_lifetime_is_all_booked_minus_all_reversed(merchant):
    person = DistributorFactory(merchant=merchant, code="A")
    order = sell(person, "100.00", at=DAY_1)
    earned = earn(person, order, "10.00")
    take_back(earned, give_back(order, "40.00", at=DAY_3), "4.00")

    assert [row.split()[-1] for row in as_of(merchant, DAY_2)] == ["10.00"]
    assert [row.split()[-1] for row in as_of(merchant, DAY_3)] == ["6.00"]
    assert [row.split()[-1] for row in stored(merchant)] == ["6.00"]


def test_stored_balances_are_the_sum_of_their_transfers(merchant):
    finance, second = (StaffMembershipFactory(role="finance").user for _ in range(2))
    person = DistributorFactory(merchant=merchant, code="A")
    save_payout_account(
        distributor=person, method="alipay", holder_name="陈静", number="13800000001"
    )
    fund(person, "100.00")
    paid, waiting, rejected = (
        request_withdrawal(distributor=person, amount=amount, request_key=amount)
        for amount in ("25.00", "10.00", "40.00")
    )
    approve_withdrawal(withdrawal=paid, actor=finance)
    batch = make_batch(merchant=merchant, withdrawals=[paid], actor=finance)
    approve_batch(batch=batch, actor=second)
    mark_payout_paid(payout=batch.payouts.get(), actor=finance)
    incur_debt(person, "43.00")
    reject_withdrawal(withdrawal=rejected, actor=finance, reason="户名不符")

    # 25 available, 40 given back and 40 of it kept for the debt of 43.
    assert stored(merchant) == ["A 0.00 25.00 10.00 25.00 3.00 0.00"]
    assert as_of(merchant, LATER) == stored(merchant)
    assert waiting.status == "submitted"


def test_another_merchants_balances_are_not_seen(merchant):
    DistributorFactory(merchant=merchant, code="A")
    other = MerchantFactory()
    with scope(merchant=other):
        fund(DistributorFactory(merchant=other, code="B"), "5.00")

    with scopes_disabled():
        assert stored(merchant) == ["A 0.00 0.00 0.00 0.00 0.00 0.00"]
        assert as_of(other, LATER) == ["B 0.00 5.00 0.00 0.00 0.00 0.00"]


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_do_not_grow_with_the_people(merchant, django_assert_num_queries, count):
    for _ in range(count):
        fund(DistributorFactory(merchant=merchant), "1.00")

    with django_assert_num_queries(3):
        assert len(list(balances(merchant=merchant))) == count
    with django_assert_num_queries(4):
        assert len(list(balances(merchant=merchant, as_of=LATER))) == count
