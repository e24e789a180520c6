from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django_scopes import scope, scopes_disabled

from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.ledger.models import Transfer
from apps.ledger.services import InsufficientBalance
from apps.merchants.models import StaffMembership
from apps.payouts.models import Withdrawal
from apps.payouts.services import (
    PayoutRefused,
    approve_withdrawal,
    make_batch,
    reject_withdrawal,
    request_withdrawal,
)
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    StaffMembershipFactory,
    UserFactory,
)
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund, incur_debt, movements

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
Role = StaffMembership.Role


def ask(distributor, amount="30.00", key="one"):
    return request_withdrawal(distributor=distributor, amount=amount, request_key=key)


@time_machine.travel(NOON, tick=False)
def test_a_request_sets_the_money_aside(distributor):
    withdrawal = ask(distributor, "30.00")

    assert (withdrawal.amount, withdrawal.status) == (Decimal("30.00"), "submitted")
    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}
    assert movements() == [
        (f"withdrawal:{withdrawal.pk}:request", "available", "withdrawing", "30.00")
    ]
    transfer = Transfer.objects.get(kind="withdraw")
    assert (transfer.effective_at, transfer.document_id) == (NOON, withdrawal.pk)


def test_the_same_key_and_amount_is_the_same_request(distributor):
    first = ask(distributor, Decimal("30"))
    # What would stop a new request does not stop the answer to an old one.
    incur_debt(distributor, "1.00")

    assert ask(distributor, "30.00") == first
    assert Withdrawal.objects.count() == 1
    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00", "debt": "1.00"}


def test_the_same_key_with_another_amount_is_refused(distributor):
    ask(distributor, "30.00")

    with pytest.raises(PayoutRefused):
        ask(distributor, "31.00")

    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}


@pytest.mark.parametrize("amount", ["0", "-1", "0.99", "1.001", "a lot", "NaN", "1e30"])
def test_an_amount_that_cannot_be_is_refused(distributor, amount):
    with pytest.raises(PayoutRefused):
        ask(distributor, amount)

    assert_nothing_asked(distributor)


def test_more_than_there_is_is_refused(distributor):
    with pytest.raises(InsufficientBalance):
        ask(distributor, "100.01")

    assert_nothing_asked(distributor)


def test_all_of_it_can_be_withdrawn(distributor):
    ask(distributor, "100.00")

    assert books(distributor) == {"withdrawing": "100.00"}


def test_the_merchant_decides_the_smallest_withdrawal(merchant, distributor):
    type(merchant).objects.filter(pk=merchant.pk).update(withdrawal_minimum=Decimal("50.00"))

    with pytest.raises(PayoutRefused, match=r"50\.00"):
        ask(distributor, "49.99")

    assert_nothing_asked(distributor)
    assert ask(distributor, "50.00").amount == Decimal("50.00")


def test_a_payout_account_is_needed(merchant):
    person = DistributorFactory(merchant=merchant)
    fund(person, "100.00")

    with pytest.raises(PayoutRefused):
        ask(person)

    assert_nothing_asked(person)


def test_debt_blocks_withdrawing(distributor):
    incur_debt(distributor, "0.01")

    with pytest.raises(PayoutRefused):
        ask(distributor)

    assert Withdrawal.objects.count() == 0
    assert books(distributor) == {"available": "100.00", "debt": "0.01"}


@pytest.mark.parametrize("status", [Distributor.Status.SUSPENDED, Distributor.Status.TERMINATED])
def test_what_was_earned_stays_payable(merchant, status):
    person = DistributorFactory(merchant=merchant, status=status)
    add_account(person)
    fund(person, "100.00")

    assert ask(person).status == "submitted"


def test_a_request_inside_another_merchants_walls_finds_nobody(distributor):
    with scope(merchant=MerchantFactory()), pytest.raises(Distributor.DoesNotExist):
        ask(distributor)

    assert_nothing_asked(distributor)


@time_machine.travel(NOON, tick=False)
def test_approving_records_who_and_when_and_moves_nothing(distributor, finance):
    withdrawal = ask(distributor)

    approve_withdrawal(withdrawal=withdrawal, actor=finance)

    withdrawal.refresh_from_db()
    assert withdrawal.status == "approved"
    assert (withdrawal.reviewed_by, withdrawal.reviewed_at) == (finance, NOON)
    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}
    assert len(movements()) == 1


def test_a_rejection_gives_the_money_back(distributor, finance):
    withdrawal = ask(distributor)

    reject_withdrawal(withdrawal=withdrawal, actor=finance, reason=" 户名不符 ")

    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.reason) == ("rejected", "户名不符")
    assert withdrawal.reviewed_by == finance
    assert books(distributor) == {"available": "100.00"}
    assert movements()[1:] == [
        (f"withdrawal:{withdrawal.pk}:return", "withdrawing", "available", "30.00")
    ]


@pytest.mark.parametrize(
    ("debt", "left"),
    [
        ("12.00", {"available": "88.00"}),
        ("30.00", {"available": "70.00"}),
        ("45.00", {"available": "70.00", "debt": "15.00"}),
    ],
)
def test_money_given_back_repays_a_debt_made_since(distributor, finance, debt, left):
    withdrawal = ask(distributor)
    incur_debt(distributor, debt)

    reject_withdrawal(withdrawal=withdrawal, actor=finance, reason="户名不符")

    assert books(distributor) == left


def test_an_approved_withdrawal_can_still_be_rejected_until_it_is_in_a_batch(
    merchant, distributor, finance
):
    first, second = ask(distributor, key="one"), ask(distributor, key="two")
    for each in (first, second):
        approve_withdrawal(withdrawal=each, actor=finance)
    make_batch(merchant=merchant, withdrawals=[second], actor=finance)

    reject_withdrawal(withdrawal=first, actor=finance, reason="户名不符")
    with pytest.raises(PayoutRefused):
        reject_withdrawal(withdrawal=second, actor=finance, reason="户名不符")

    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}
    second.refresh_from_db()
    assert (second.status, second.reason) == ("paying", "")


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_a_rejection_needs_a_reason(distributor, finance, reason):
    withdrawal = ask(distributor)

    with pytest.raises(PayoutRefused):
        reject_withdrawal(withdrawal=withdrawal, actor=finance, reason=reason)

    assert_still_submitted(withdrawal)


def test_a_second_review_is_refused(distributor, finance, second_finance):
    withdrawal = ask(distributor)
    reject_withdrawal(withdrawal=withdrawal, actor=finance, reason="户名不符")

    # The caller's copy is stale; the row is what counts.
    with pytest.raises(PayoutRefused):
        approve_withdrawal(withdrawal=withdrawal, actor=second_finance)
    with pytest.raises(PayoutRefused):
        reject_withdrawal(withdrawal=withdrawal, actor=second_finance, reason="再来")

    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.reviewed_by) == ("rejected", finance)
    assert books(distributor) == {"available": "100.00"}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER, None])
def test_only_finance_and_the_owner_review(merchant, distributor, role):
    withdrawal = ask(distributor)
    actor = StaffMembershipFactory(role=role).user if role else UserFactory()

    with pytest.raises(PayoutRefused):
        approve_withdrawal(withdrawal=withdrawal, actor=actor)
    with pytest.raises(PayoutRefused):
        reject_withdrawal(withdrawal=withdrawal, actor=actor, reason="户名不符")

    assert_still_submitted(withdrawal)


def test_finance_of_another_merchant_cannot_review(distributor):
    withdrawal = ask(distributor)
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = StaffMembershipFactory(merchant=other, role=Role.OWNER).user
        with pytest.raises(Withdrawal.DoesNotExist):
            approve_withdrawal(withdrawal=withdrawal, actor=stranger)

    with scopes_disabled(), pytest.raises(Refused):
        approve_withdrawal(withdrawal=withdrawal, actor=stranger)
    assert_still_submitted(withdrawal)


def assert_nothing_asked(distributor):
    assert Withdrawal.objects.count() == 0
    assert books(distributor) == {"available": "100.00"}


def assert_still_submitted(withdrawal):
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.reviewed_by, withdrawal.reason) == ("submitted", None, "")
    assert books(withdrawal.distributor) == {"available": "70.00", "withdrawing": "30.00"}
