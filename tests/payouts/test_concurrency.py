"""People who act in the same instant, on PostgreSQL: SQLite lets one writer in at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django_scopes import scope

from apps.core.errors import Refused
from apps.ledger.models import Transfer
from apps.ledger.selectors import wallet_balances
from apps.payouts.models import DebtWriteOff, Payout, PayoutBatch, Withdrawal
from apps.payouts.services import (
    approve_batch,
    approve_withdrawal,
    approve_write_off,
    make_batch,
    mark_payout_failed,
    mark_payout_paid,
    propose_write_off,
    reject_withdrawal,
    reject_write_off,
    request_withdrawal,
)
from tests.factories import DistributorFactory, MerchantFactory, StaffMembershipFactory
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund, incur_debt, movements

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 16


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


def at_once(merchant, calls) -> list:
    """What each call returned, or why it was refused; all start together, each on a connection."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            with scope(merchant=merchant):
                barrier.wait(timeout=30)
                return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def succeeded(results) -> list:
    return [result for result in results if not isinstance(result, Exception)]


def test_sixteen_threads_withdraw_exactly_what_there_is(merchant, distributor):
    calls = [
        lambda key=str(n): request_withdrawal(
            distributor=distributor, amount="9.00", request_key=key
        )
        for n in range(THREADS)
    ]

    results = at_once(merchant, calls)

    assert len(succeeded(results)) == 11
    assert Withdrawal.objects.count() == 11
    assert len(movements()) == 11
    assert books(distributor) == {"available": "1.00", "withdrawing": "99.00"}


def test_sixteen_copies_of_one_request_are_one_withdrawal(merchant, distributor):
    calls = [
        lambda: request_withdrawal(distributor=distributor, amount="9.00", request_key="same")
    ] * THREADS

    results = at_once(merchant, calls)

    assert len({withdrawal.pk for withdrawal in results}) == 1
    assert len(movements()) == 1
    assert books(distributor) == {"available": "91.00", "withdrawing": "9.00"}


def test_people_without_wallets_are_funded_and_withdraw_side_by_side(merchant):
    people = [DistributorFactory(merchant=merchant) for _ in range(8)]
    for person in people:
        add_account(person)

    def earn_and_withdraw(person):
        fund(person, "10.00")
        return request_withdrawal(distributor=person, amount="10.00", request_key="all")

    at_once(merchant, [lambda person=person: earn_and_withdraw(person) for person in people] * 2)

    assert [books(person) for person in people] == [
        {"available": "10.00", "withdrawing": "10.00"}
    ] * 8


def test_of_an_approval_and_a_rejection_one_counts(merchant, distributor, finance):
    withdrawals = [
        request_withdrawal(distributor=distributor, amount="5.00", request_key=str(n))
        for n in range(8)
    ]
    calls = [
        call
        for each in withdrawals
        for call in (
            lambda w=each: make_batch_of(
                merchant, approve_withdrawal(withdrawal=w, actor=finance), finance
            ),
            lambda w=each: reject_withdrawal(withdrawal=w, actor=finance, reason="户名不符"),
        )
    ]

    at_once(merchant, calls)

    paying = Withdrawal.objects.filter(status="paying").count()
    rejected = Withdrawal.objects.filter(status="rejected").count()
    assert paying + rejected == 8
    assert Payout.objects.count() == paying
    assert wallet_balances(distributor)["withdrawing"] == 5 * paying


def make_batch_of(merchant, withdrawal, finance):
    return make_batch(merchant=merchant, withdrawals=[withdrawal], actor=finance)


def test_a_withdrawal_wanted_by_many_batches_is_in_one(merchant, distributor, finance):
    withdrawal = request_withdrawal(distributor=distributor, amount="5.00", request_key="one")
    approve_withdrawal(withdrawal=withdrawal, actor=finance)

    results = at_once(merchant, [lambda: make_batch_of(merchant, withdrawal, finance)] * THREADS)

    assert len(succeeded(results)) == 1
    assert (PayoutBatch.objects.count(), Payout.objects.count()) == (1, 1)


def test_a_line_marked_by_many_at_once_is_marked_once(merchant, distributor, finance):
    second = StaffMembershipFactory(merchant=merchant, role="finance").user
    withdrawal = request_withdrawal(distributor=distributor, amount="30.00", request_key="one")
    approve_withdrawal(withdrawal=withdrawal, actor=finance)
    batch = approve_batch(batch=make_batch_of(merchant, withdrawal, finance), actor=second)
    line = batch.payouts.get()
    calls = [
        lambda: mark_payout_paid(payout=line, actor=finance),
        lambda: mark_payout_failed(payout=line, actor=finance, reason="账号已销户"),
    ] * (THREADS // 2)

    results = at_once(merchant, calls)

    assert len(succeeded(results)) == 1
    assert len(movements()) == 2
    line.refresh_from_db()
    left = {"paid": {"available": "70.00", "paid": "30.00"}, "failed": {"available": "100.00"}}
    assert books(distributor) == left[line.status]
    assert line.batch.status == "settled"


def test_a_write_off_wanted_by_many_is_proposed_once_and_decided_once(merchant, finance):
    second = StaffMembershipFactory(merchant=merchant, role="finance").user
    debtor = DistributorFactory(merchant=merchant)
    incur_debt(debtor, "10.00")

    proposed = succeeded(
        at_once(
            merchant,
            [
                lambda: propose_write_off(
                    distributor=debtor, amount="10.00", reason="查无此人", actor=finance
                )
            ]
            * THREADS,
        )
    )
    assert len(proposed) == DebtWriteOff.objects.count() == 1
    [write_off] = proposed
    calls = [
        lambda: approve_write_off(write_off=write_off, actor=second),
        lambda: reject_write_off(write_off=write_off, actor=second, reason="再等等"),
    ] * (THREADS // 2)

    assert len(succeeded(at_once(merchant, calls))) == 1

    write_off.refresh_from_db()
    posted = Transfer.objects.filter(kind="write_off").count()
    left = {"approved": ({}, 1), "rejected": ({"debt": "10.00"}, 0)}
    assert (books(debtor), posted) == left[write_off.status]
