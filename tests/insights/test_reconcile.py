"""Every check finds the row it is for, when the books are bent past the services."""

from decimal import Decimal

import pytest

from apps.commissions.models import Commission, Release
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account
from apps.orders.models import OrderLine
from apps.payouts.models import Payout, Withdrawal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guards")]


def faults(merchant) -> set[str]:
    return {fault.check for fault in reconcile(merchant=merchant)}


def test_a_bent_balance(merchant, seller):
    Account.objects.filter(kind="available").update(balance=Decimal("100.00"))
    details = {fault.check: fault.detail for fault in reconcile(merchant=merchant)}
    assert details == {
        "balances_equal_transfers": "balance 100.00, transfers 6.00",
        "released_equals_balances": "released 15.00, balances 109.00",
    }


def test_a_commission_nobody_posted(merchant, seller):
    Commission.objects.filter(refund=None).exclude(release=None).filter(reversals=None).update(
        amount=Decimal("11.00")
    )
    assert "commissions_equal_ledger" in faults(merchant)


def test_a_release_of_another_amount(merchant, seller):
    Release.objects.filter(amount=Decimal("10.00")).update(amount=Decimal("9.99"))
    assert "releases_equal_ledger" in faults(merchant)


def test_a_release_taken_away(merchant, seller):
    Release.objects.filter(amount=Decimal("10.00")).delete()
    assert faults(merchant) == {"pending_equals_commissions", "released_equals_balances"}


def test_a_withdrawal_of_another_amount(merchant, seller):
    Withdrawal.objects.update(amount=Decimal("8.00"))
    assert faults(merchant) == {"payouts_equal_withdrawals", "withdrawals_equal_ledger"}


def test_a_payout_turned_back(merchant, seller):
    Payout.objects.update(status="waiting")
    assert faults(merchant) == {
        "payouts_equal_withdrawals",
        "payouts_name_withdrawals",
        "payments_have_payouts",
    }


def test_a_refund_the_line_knows_nothing_of(merchant, seller):
    OrderLine.objects.filter(refunded_amount__gt=0).update(refunded_amount=Decimal("0.00"))
    assert faults(merchant) == {"refunds_stay_within_paid"}


def test_a_reversal_of_another_share(merchant, seller):
    Commission.objects.filter(refund__isnull=False).update(amount=Decimal("-4.00"))
    assert "reversals_equal_refunds" in faults(merchant)


def test_a_line_above_its_ceiling(merchant, seller):
    Commission.objects.filter(refund=None).update(amount=Decimal("50.01"))
    assert "lines_stay_under_ceiling" in faults(merchant)
