"""A debt is given up by two people, never beyond what is owed, and the books show it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.insights.selectors import balances
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Transfer
from apps.merchants.models import StaffMembership
from apps.payouts.models import DebtWriteOff
from apps.payouts.selectors import open_write_off
from apps.payouts.services import (
    PayoutRefused,
    approve_write_off,
    propose_write_off,
    reject_write_off,
    request_withdrawal,
)
from apps.portal.selectors import balances_of
from tests.factories import DistributorFactory, MerchantFactory, StaffMembershipFactory
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund, incur_debt

Role = StaffMembership.Role


@pytest.fixture
def debtor(merchant):
    """Owes ¥10.00 and could be paid."""
    debtor = DistributorFactory()
    add_account(debtor)
    incur_debt(debtor, "10.00")
    return debtor


def propose(debtor, actor, amount="6.00", reason="查无此人"):
    return propose_write_off(distributor=debtor, amount=amount, reason=reason, actor=actor)


def transfers():
    found = Transfer.objects.filter(kind="write_off").select_related(
        "debit_account", "credit_account"
    )
    return [
        (each.key, each.debit_account.kind, each.credit_account.kind, str(each.amount))
        for each in found
    ]


class TestProposing:
    def test_nothing_moves_yet(self, debtor, finance):
        write_off = propose(debtor, finance)

        assert (write_off.status, write_off.amount, write_off.reason) == (
            "proposed", Decimal("6.00"), "查无此人",
        )  # fmt: skip
        assert (write_off.proposed_by, write_off.decided_by) == (finance, None)
        assert open_write_off(debtor) == write_off
        assert (books(debtor), transfers()) == ({"debt": "10.00"}, [])

    @pytest.mark.parametrize("amount", ["10.01", "0", "-1", "1.001", "much"])
    def test_amounts_that_cannot_be(self, debtor, finance, amount):
        with pytest.raises(PayoutRefused):
            propose(debtor, finance, amount=amount)
        assert not DebtWriteOff.objects.exists()

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
    def test_a_reason_is_needed(self, debtor, finance, reason):
        with pytest.raises(PayoutRefused):
            propose(debtor, finance, reason=reason)

    def test_one_at_a_time(self, debtor, finance, second_finance):
        propose(debtor, finance, amount="1.00")
        with pytest.raises(PayoutRefused):
            propose(debtor, second_finance, amount="1.00")
        assert DebtWriteOff.objects.count() == 1

    def test_of_somebody_without_a_debt(self, merchant, finance):
        with pytest.raises(PayoutRefused):
            propose(DistributorFactory(), finance, amount="0.01")


class TestDeciding:
    def test_another_person_gives_the_debt_up(self, merchant, debtor, finance, second_finance):
        write_off = approve_write_off(write_off=propose(debtor, finance), actor=second_finance)

        assert (write_off.status, write_off.decided_by) == ("approved", second_finance)
        assert transfers() == [(f"write_off:{write_off.pk}", "write_off", "debt", "6.00")]
        assert Transfer.objects.get(kind="write_off").effective_at == write_off.decided_at
        assert books(debtor) == {"debt": "4.00"}

    def test_once_all_is_written_off_withdrawing_is_possible(self, debtor, finance, second_finance):
        fund(debtor, "50.00")
        with pytest.raises(PayoutRefused):
            request_withdrawal(distributor=debtor, amount="50.00", request_key="a")
        approve_write_off(write_off=propose(debtor, finance, amount="10.00"), actor=second_finance)

        request_withdrawal(distributor=debtor, amount="50.00", request_key="b")
        assert books(debtor) == {"withdrawing": "50.00"}

    def test_nobody_approves_what_they_proposed(self, debtor, finance):
        write_off = propose(debtor, finance)

        with pytest.raises(PayoutRefused):
            approve_write_off(write_off=write_off, actor=finance)
        with pytest.raises(IntegrityError), transaction.atomic():
            DebtWriteOff.objects.update(status="approved", decided_by=finance)
        assert (books(debtor), transfers()) == ({"debt": "10.00"}, [])

    def test_a_debt_that_has_become_smaller(self, debtor, finance, second_finance):
        write_off = propose(debtor, finance)
        other = propose_and_approve_past_the_rule(debtor, finance, second_finance, "5.00")
        assert other.status == "approved"

        with pytest.raises(PayoutRefused, match=r"5\.00"):
            approve_write_off(write_off=write_off, actor=second_finance)
        write_off.refresh_from_db()
        assert (write_off.status, books(debtor)) == ("proposed", {"debt": "5.00"})

    def test_rejected_with_an_answer(self, debtor, finance, second_finance):
        write_off = reject_write_off(
            write_off=propose(debtor, finance), actor=second_finance, reason="再等等"
        )

        assert (write_off.status, write_off.answer) == ("rejected", "再等等")
        assert (books(debtor), open_write_off(debtor)) == ({"debt": "10.00"}, None)
        assert propose(debtor, finance).status == "proposed"

    def test_a_proposer_may_take_it_back(self, debtor, finance):
        taken_back = reject_write_off(
            write_off=propose(debtor, finance), actor=finance, reason="填错了"
        )
        assert taken_back.status == "rejected"

    @pytest.mark.parametrize("first", ["approve", "reject"])
    def test_only_once(self, debtor, finance, second_finance, first):
        write_off = propose(debtor, finance)
        decide = {
            "approve": lambda: approve_write_off(write_off=write_off, actor=second_finance),
            "reject": lambda: reject_write_off(
                write_off=write_off, actor=second_finance, reason="no"
            ),
        }
        decide[first]()
        for again in decide.values():
            with pytest.raises(PayoutRefused):
                again()
        assert len(transfers()) == (first == "approve")


def propose_and_approve_past_the_rule(debtor, proposer, approver, amount):
    """A second write-off while another waits, as if it had waited longer."""
    waiting = DebtWriteOff.objects.get()
    DebtWriteOff.objects.filter(pk=waiting.pk).update(status="rejected", decided_by=approver)
    other = approve_write_off(write_off=propose(debtor, proposer, amount=amount), actor=approver)
    DebtWriteOff.objects.filter(pk=waiting.pk).update(status="proposed", decided_by=None)
    return other


class TestWalls:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
    def test_other_roles_may_neither_propose_nor_decide(self, debtor, finance, role):
        actor = StaffMembershipFactory(role=role).user
        with pytest.raises(PayoutRefused):
            propose(debtor, actor)
        write_off = propose(debtor, finance)
        with pytest.raises(PayoutRefused):
            approve_write_off(write_off=write_off, actor=actor)
        with pytest.raises(PayoutRefused):
            reject_write_off(write_off=write_off, actor=actor, reason="no")
        assert books(debtor) == {"debt": "10.00"}

    def test_an_owner_may_both(self, debtor, finance):
        owner = StaffMembershipFactory(role=Role.OWNER).user
        assert (
            approve_write_off(write_off=propose(debtor, finance), actor=owner).decided_by == owner
        )
        assert propose(debtor, owner, amount="1.00").proposed_by == owner

    def test_finance_of_another_merchant(self, debtor, finance):
        write_off = propose(debtor, finance)
        other = MerchantFactory()
        with scope(merchant=other):
            stranger = StaffMembershipFactory(role=Role.FINANCE).user
            with pytest.raises(DebtWriteOff.DoesNotExist):
                approve_write_off(write_off=write_off, actor=stranger)
            with pytest.raises(type(debtor).DoesNotExist):
                propose(debtor, stranger)
        with pytest.raises(PayoutRefused):
            approve_write_off(write_off=write_off, actor=stranger)
        assert books(debtor) == {"debt": "10.00"}


class TestReconciling:
    """The debts here come from nowhere, so the commissions never agree: only the one check."""

    def faults(self, merchant):
        return [
            (each.subject, each.detail)
            for each in reconcile(merchant=merchant)
            if each.check == "write_offs_equal_ledger"
        ]

    def test_approved_and_posted_agree(self, merchant, debtor, finance, second_finance):
        write_off = approve_write_off(write_off=propose(debtor, finance), actor=second_finance)
        assert self.faults(merchant) == []

        DebtWriteOff.objects.update(amount=Decimal("5.99"))
        assert self.faults(merchant) == [
            (f"write-off {write_off.pk}", "approved 5.99, posted 6.00")
        ]
        DebtWriteOff.objects.update(status="rejected")
        assert self.faults(merchant)[0][1] == "approved 0.00, posted 6.00"

    def test_one_that_was_never_posted(self, merchant, debtor, finance, second_finance):
        propose(debtor, finance)
        DebtWriteOff.objects.update(status="approved", decided_by=second_finance)

        assert self.faults(merchant)[0][1] == "approved 6.00, posted 0.00"


def test_lifetime_stays_what_was_earned(merchant, debtor, finance, second_finance):
    approve_write_off(write_off=propose(debtor, finance), actor=second_finance)

    found = balances_of(debtor)
    assert (found.debt, found.written_off, found.lifetime) == (
        Decimal("4.00"), Decimal("6.00"), Decimal("-10.00"),
    )  # fmt: skip
    [row] = balances(merchant=merchant)
    assert row.debt == Decimal("4.00")
