"""How old a debt is: first in, first out, in the merchant's days."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django_scopes import scope

from apps.insights.selectors import bucket_totals, debtors, open_debts
from apps.ledger.models import Account, Transfer
from apps.ledger.services import AccountRef, Posting, post_transfers
from tests.factories import DistributorFactory, MerchantFactory
from tests.payouts.money import fund, incur_debt

pytestmark = pytest.mark.django_db
# Noon of 1 June in Shanghai.
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def ago(days, **more):
    return NOW - timedelta(days=days, **more)


def repay(distributor, amount):
    """Some of the debt, out of available money."""
    fund(distributor, amount)
    number = Transfer.objects.count()
    posting = Posting(
        key=f"repay:{number}", kind=Transfer.Kind.REPAY, effective_at=NOW, amount=int(amount * 100),
        debit=AccountRef(Account.Kind.AVAILABLE, distributor.pk),
        credit=AccountRef(Account.Kind.DEBT, distributor.pk),
        document_type="test", document_id=number,
    )  # fmt: skip
    post_transfers(merchant=distributor.merchant, postings=[posting])


def found(merchant, **asked):
    return [
        (each.code, str(each.debt), each.days, [str(part) for part in each.buckets])
        for each in debtors(merchant=merchant, now=NOW, **asked)
    ]


@pytest.fixture
def debtor(merchant):
    """Owes 10.00 for 100 days, 20.00 for 31, 5.00 for 30, 1.00 since today."""
    debtor = DistributorFactory(code="B", name="白露")
    # Not in the order in which they took place.
    for amount, days in (("5.00", 30), ("10.00", 100), ("1.00", 0), ("20.00", 31)):
        incur_debt(debtor, amount, at=ago(days))
    return debtor


def test_each_part_has_its_own_age(merchant, debtor):
    assert found(merchant) == [("B", "36.00", 100, ["6.00", "20.00", "10.00"])]


@pytest.mark.parametrize(
    ("repaid", "days", "buckets"),
    [
        ("9.99", 100, ["6.00", "20.00", "0.01"]),
        ("10.00", 31, ["6.00", "20.00", "0.00"]),
        ("30.00", 30, ["6.00", "0.00", "0.00"]),
        ("35.50", 0, ["0.50", "0.00", "0.00"]),
    ],
)
def test_the_oldest_is_repaid_first(merchant, debtor, repaid, days, buckets):
    repay(debtor, Decimal(repaid))

    assert found(merchant) == [("B", str(36 - Decimal(repaid)), days, buckets)]


def test_who_owes_nothing_any_more_is_not_listed(merchant, debtor):
    repay(debtor, Decimal("36.00"))

    assert found(merchant) == []
    assert open_debts(distributor=debtor, merchant=merchant, now=NOW) == []


@pytest.mark.parametrize(
    ("at", "days", "bucket"),
    [
        (datetime(2026, 5, 1, 16, 0, tzinfo=UTC), 30, 0),
        (datetime(2026, 5, 1, 15, 59, tzinfo=UTC), 31, 1),
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), 90, 1),
        (datetime(2026, 3, 2, 15, 59, tzinfo=UTC), 91, 2),
    ],
)
def test_days_are_the_merchants(merchant, at, days, bucket):
    incur_debt(DistributorFactory(), "1.00", at=at)

    [row] = debtors(merchant=merchant, now=NOW)
    assert (row.days, row.buckets.index(Decimal("1.00"))) == (days, bucket)


def test_the_oldest_comes_first_and_a_search_finds_code_or_name(merchant, debtor):
    incur_debt(DistributorFactory(code="A", name="安"), "2.00", at=ago(1))
    incur_debt(DistributorFactory(code="Z", name="周"), "3.00", at=ago(200))

    assert [row[0] for row in found(merchant)] == ["Z", "B", "A"]
    assert [row[0] for row in found(merchant, search=" b ")] == ["B"]
    assert [row[0] for row in found(merchant, search="周")] == ["Z"]
    assert [str(part) for part in bucket_totals(debtors(merchant=merchant, now=NOW))] == [
        "8.00", "20.00", "13.00",
    ]  # fmt: skip


def test_another_merchants_debtors_are_absent(merchant, debtor):
    other = MerchantFactory()
    with scope(merchant=other):
        incur_debt(DistributorFactory(code="X"), "1.00", at=ago(1))
        assert [row[0] for row in found(other)] == ["X"]
        assert open_debts(distributor=debtor, merchant=other, now=NOW) == []


@pytest.mark.parametrize("people", [1, 20])
def test_one_query_however_many_owe(merchant, people, django_assert_num_queries):
    for _number in range(people):
        incur_debt(DistributorFactory(), "1.00", at=ago(1))
    with django_assert_num_queries(1):
        assert len(debtors(merchant=merchant, now=NOW)) == people


def test_one_persons_parts_the_oldest_first(merchant, debtor):
    repay(debtor, Decimal("12.00"))

    parts = open_debts(distributor=debtor, merchant=merchant, now=NOW)

    assert [(str(each.amount), str(each.left), each.days) for each in parts] == [
        ("20.00", "18.00", 31), ("5.00", "5.00", 30), ("1.00", "1.00", 0),
    ]  # fmt: skip
    assert {each.commission for each in parts} == {None}
