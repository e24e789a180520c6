"""Every check finds the row it is for, when the books are bent past the services."""

import importlib
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.commissions.models import Commission, Release
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account
from apps.orders.models import OrderLine
from apps.orders.services.refunds import record_refund
from apps.payouts.models import Payout, PayoutFreeze, Withdrawal
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory
from tests.flows.command_line import withdraw_and_pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_guards")]
START = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = {
    "name": "P",
    "depths": 1,
    "rules": [{"depth": 1, "percent": "10"}],
    "ceiling": {"of": "paid", "percent": "50"},
}


@pytest.fixture
def no_guards(db):
    """Without the triggers that would keep a test from bending what was computed."""
    guards = importlib.import_module("apps.commissions.migrations.0003_guards")
    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    guards.remove(None, editor)


@pytest.fixture
def seller(merchant):
    """Three sales of ¥100.00: released and partly refunded, released, pending; ¥9.00 paid out."""
    seller = DistributorFactory(code="S")
    activate_plan(plan=draft_plan(merchant=merchant, content=PLAN), effective_from=START)
    for completed in (True, True, False):
        order = OrderFactory(distributor=seller, completed=completed, placed_at=START)
        line = OrderLineFactory(order=order, unit_price=Decimal("100.00"))
        if completed and not line.refunds.exists() and OrderLine.objects.count() == 1:
            record_refund(
                order_line=line, amount=Decimal("50.00"), refunded_at=START + timedelta(days=1)
            )
    run_due(merchant=merchant)
    withdraw_and_pay(merchant, seller, Decimal("9.00"), key="one")
    assert list(reconcile(merchant=merchant)) == []
    return seller


def faults(merchant) -> set[str]:
    return {fault.check for fault in reconcile(merchant=merchant)}


def test_a_bent_balance(merchant, seller):
    Account.objects.filter(kind="available").update(balance=Decimal("100.00"))
    stored, whole = reconcile(merchant=merchant)
    assert stored.check == "balances_equal_transfers"
    assert stored.detail == "balance 100.00, transfers 6.00"
    assert (whole.check, whole.subject) == ("wallets_equal_commissions", "distributor S")
    assert whole.detail == "accounts hold 119.00, commissions and write-offs make 25.00"


def test_a_commission_nobody_posted(merchant, seller):
    Commission.objects.filter(refund=None).exclude(release=None).filter(reversals=None).update(
        amount=Decimal("11.00")
    )
    assert faults(merchant) == {"commissions_equal_ledger", "wallets_equal_commissions"}


def test_a_release_of_another_amount(merchant, seller):
    Release.objects.filter(amount=Decimal("10.00")).update(amount=Decimal("9.99"))
    assert faults(merchant) == {"releases_equal_ledger"}


def test_a_release_taken_away(merchant, seller):
    Release.objects.filter(amount=Decimal("10.00")).delete()
    assert faults(merchant) == {"pending_equals_commissions"}


def test_a_withdrawal_of_another_amount(merchant, seller):
    Withdrawal.objects.update(amount=Decimal("8.00"))
    assert faults(merchant) == {"payouts_equal_withdrawals", "withdrawals_equal_ledger"}


def test_a_payout_turned_back(merchant, seller):
    Payout.objects.update(status="waiting")
    assert faults(merchant) == {"payouts_equal_withdrawals"}


def test_a_refund_the_line_knows_nothing_of(merchant, seller):
    OrderLine.objects.filter(refunded_amount__gt=0).update(refunded_amount=Decimal("0.00"))
    assert faults(merchant) == {"refunds_stay_within_paid"}


def test_a_reversal_of_another_share(merchant, seller):
    Commission.objects.filter(refund__isnull=False).update(amount=Decimal("-4.00"))
    assert "reversals_equal_refunds" in faults(merchant)


def test_a_line_above_its_ceiling(merchant, seller):
    Commission.objects.filter(refund=None).update(amount=Decimal("50.01"))
    assert "lines_stay_under_ceiling" in faults(merchant)


def test_the_command_names_the_rows_and_stops_payouts(merchant, seller):
    call_command("reconcile", "--merchant", merchant.code)
    assert not PayoutFreeze.objects.exists()

    Account.objects.filter(kind="available").update(balance=Decimal("100.00"))
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 rows at fault"):
        call_command("reconcile", stdout=out)
    line = out.getvalue().splitlines()[0]
    assert line.startswith(f"{merchant.code}: balances_equal_transfers: account ")
    assert PayoutFreeze.objects.get().faults.splitlines()[0] in line
