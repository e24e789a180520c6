"""Somebody has left: what is owed is paid to the last fen, whatever the minimum."""

from decimal import Decimal

import pytest

from apps.distributors.models import Distributor
from apps.distributors.services.standing import suspend_distributor, terminate_distributor
from apps.merchants.models import Merchant
from apps.payouts.models import FinalSettlement, PayoutAccount, Withdrawal
from apps.payouts.services import (
    AccountDetails,
    PayoutRefused,
    reject_withdrawal,
    request_withdrawal,
    settle_terminated,
)
from tests.factories import DistributorFactory, StaffMembershipFactory
from tests.payouts.conftest import add_account
from tests.payouts.money import Kind, books, fund, incur_debt

ACCOUNT = AccountDetails("bank", "陈静", "招商银行", "6225 8801 2345 6789")


@pytest.fixture
def gone(merchant, distributor):
    """¥100.00 are available; the merchant pays nothing below ¥500.00."""
    Merchant.objects.update(withdrawal_minimum="500.00")
    terminate_distributor(distributor=distributor, reason="gone", actor=None)
    return Distributor.objects.get(pk=distributor.pk)


def settle(person, actor, **values):
    return settle_terminated(
        **{"distributor": person, "reason": "left", "actor": actor, "request_key": "a"} | values
    )


def test_everything_available_is_asked_for(gone, finance):
    fund(gone, "7.77", Kind.PENDING)
    made = settle(gone, finance)
    assert (made.withdrawal.amount, made.withdrawal.status) == (Decimal("100.00"), "submitted")
    assert (made.pending, made.debt) == (Decimal("7.77"), Decimal("0.00"))
    assert (made.reason, made.settled_by) == ("left", finance)
    assert books(gone) == {"pending": "7.77", "withdrawing": "100.00"}


def test_the_same_key_is_one_settlement(gone, finance):
    assert settle(gone, finance) == settle(gone, finance)
    assert Withdrawal.objects.count() == 1


def test_what_is_released_later_is_settled_once_more_however_little(gone, finance):
    settle(gone, finance)
    with pytest.raises(PayoutRefused):
        settle(gone, finance, request_key="b")
    fund(gone, "0.01")
    assert settle(gone, finance, request_key="b").withdrawal.amount == Decimal("0.01")
    assert FinalSettlement.objects.count() == 2


def test_a_rejected_one_can_be_made_again(gone, finance):
    reject_withdrawal(withdrawal=settle(gone, finance).withdrawal, actor=finance, reason="no")
    settle(gone, finance, request_key="b")
    assert books(gone) == {"withdrawing": "100.00"}


def test_somebody_without_an_account_is_given_one(merchant, finance):
    person = DistributorFactory()
    fund(person, "3.00")
    terminate_distributor(distributor=person, reason="gone", actor=None)
    with pytest.raises(PayoutRefused):
        settle(person, finance)
    made = settle(person, finance, account=ACCOUNT)
    assert made.withdrawal.payout_account.holder_name == "陈静"


def test_a_wrong_account_changes_nothing(merchant, finance):
    person = DistributorFactory()
    fund(person, "3.00")
    terminate_distributor(distributor=person, reason="gone", actor=None)
    with pytest.raises(PayoutRefused):
        settle(person, finance, account=AccountDetails("bank", "陈静", "招商银行", "12"))
    assert not PayoutAccount.objects.exists()
    assert books(person) == {"available": "3.00"}


def test_a_debt_leaves_nothing_to_pay_out(merchant, finance):
    person = DistributorFactory()
    add_account(person)
    incur_debt(person, "3.00")
    terminate_distributor(distributor=person, reason="gone", actor=None)
    with pytest.raises(PayoutRefused):
        settle(person, finance)
    assert books(person) == {"debt": "3.00"}


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_who_may_pay(merchant, gone, role):
    actor = StaffMembershipFactory(merchant=merchant, role=role).user
    with pytest.raises(PayoutRefused):
        settle(gone, actor)
    assert books(gone) == {"available": "100.00"}


def test_only_people_who_have_left(distributor, finance):
    for step in (None, suspend_distributor):
        if step:
            step(distributor=distributor, reason="why", actor=None)
        with pytest.raises(PayoutRefused):
            settle(distributor, finance)
    assert not Withdrawal.objects.exists()


def test_a_settlement_says_why(gone, finance):
    with pytest.raises(PayoutRefused):
        settle(gone, finance, reason=" ")


def test_who_has_left_withdraws_below_the_minimum_too(gone):
    made = request_withdrawal(distributor=gone, amount="0.01", request_key="w")
    assert made.amount == Decimal("0.01")


def test_others_keep_the_minimum(merchant, distributor):
    Merchant.objects.update(withdrawal_minimum="500.00")
    for step in (None, suspend_distributor):
        if step:
            step(distributor=distributor, reason="why", actor=None)
        with pytest.raises(PayoutRefused):
            request_withdrawal(distributor=distributor, amount="100.00", request_key="w")
