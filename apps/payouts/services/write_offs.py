"""Giving a debt up: one person proposes, another approves, then it is a transfer.

The write-off is locked first, then the distributor's accounts.
"""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.money import MoneyError, to_major, to_minor
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer
from apps.ledger.services import AccountRef, Posting, lock_wallets, post_transfers
from apps.payouts.models import DebtWriteOff
from apps.payouts.services.refusals import PayoutRefused, require_permission, require_reason

Status = DebtWriteOff.Status
PROPOSE = "payouts.add_debtwriteoff"
DECIDE = "payouts.change_debtwriteoff"
DOCUMENT_TYPE = "write_off"
WRITTEN_OFF = AccountRef(Account.Kind.WRITE_OFF)


@transaction.atomic
def propose_write_off(
    *, distributor: Distributor, amount: Decimal | int | str, reason: str, actor
) -> DebtWriteOff:
    """Propose to give up `amount` (major units) of what the distributor owes; nothing moves yet.

    Raises PayoutRefused without the right or a reason, for an amount beyond the open debt, and
    while another proposal for this person waits.
    """
    reason = require_reason(reason)
    # Read again, so that a person of another merchant is not found rather than forgiven.
    distributor = Distributor.objects.select_related("merchant").get(pk=distributor.pk)
    require_permission(actor, PROPOSE, distributor.merchant)
    amount = _amount(amount)
    debt = _lock_debt(distributor)
    if amount > debt:
        raise PayoutRefused(_beyond(debt))
    if DebtWriteOff.objects.filter(distributor=distributor, status=Status.PROPOSED).exists():
        raise PayoutRefused(_("A write-off for this person already awaits approval."))
    return DebtWriteOff.objects.create(
        merchant=distributor.merchant,
        distributor=distributor,
        amount=amount,
        reason=reason,
        proposed_by=actor,
    )


@transaction.atomic
def approve_write_off(*, write_off: DebtWriteOff, actor) -> DebtWriteOff:
    """Give the debt up: debt written off → debt. Nobody approves what they proposed.

    Raises PayoutRefused without the right, for the proposer, unless it awaits approval, and when
    the debt has become smaller than the amount.
    """
    write_off = _lock(write_off, actor)
    if write_off.proposed_by_id == actor.pk:
        raise PayoutRefused(_("Somebody else must approve a write-off that you proposed."))
    debt = _lock_debt(write_off.distributor)
    if write_off.amount > debt:
        raise PayoutRefused(_beyond(debt) + " " + _("Reject this proposal and make a smaller one."))
    _decide(write_off, Status.APPROVED, actor, "")
    post_transfers(
        merchant=write_off.merchant,
        postings=[
            Posting(
                key=f"{DOCUMENT_TYPE}:{write_off.pk}",
                kind=Transfer.Kind.WRITE_OFF,
                debit=WRITTEN_OFF,
                credit=AccountRef(Account.Kind.DEBT, write_off.distributor_id),
                amount=to_minor(write_off.amount),
                effective_at=write_off.decided_at,
                document_type=DOCUMENT_TYPE,
                document_id=write_off.pk,
            )
        ],
    )
    return write_off


@transaction.atomic
def reject_write_off(*, write_off: DebtWriteOff, actor, reason: str) -> DebtWriteOff:
    """Turn the proposal down, or take back one's own; the debt stays. Raises PayoutRefused."""
    reason = require_reason(reason)
    write_off = _lock(write_off, actor)
    _decide(write_off, Status.REJECTED, actor, reason)
    return write_off


def _amount(value: Decimal | int | str) -> Decimal:
    try:
        amount = to_major(to_minor(value))
    except MoneyError:
        raise PayoutRefused(_("Enter an amount with at most two decimals.")) from None
    if amount <= 0:
        raise PayoutRefused(_("Enter an amount above zero."))
    return amount


def _lock_debt(distributor: Distributor) -> Decimal:
    """What the distributor owes, locked until commit."""
    accounts = lock_wallets(merchant=distributor.merchant, distributor_ids=[distributor.pk])
    return accounts[AccountRef(Account.Kind.DEBT, distributor.pk)].balance


def _lock(write_off: DebtWriteOff, actor) -> DebtWriteOff:
    write_off = DebtWriteOff.objects.select_for_update().get(pk=write_off.pk)
    require_permission(actor, DECIDE, write_off.merchant)
    if write_off.status != Status.PROPOSED:
        raise PayoutRefused(_("This write-off no longer awaits approval."))
    return write_off


def _decide(write_off: DebtWriteOff, status: str, actor, answer: str) -> None:
    write_off.status, write_off.decided_by, write_off.answer = status, actor, answer
    write_off.decided_at = timezone.now()
    write_off.save(update_fields=["status", "decided_by", "answer", "decided_at"])


def _beyond(debt: Decimal) -> str:
    return _("At most %(debt)s is owed and can be written off.") % {"debt": debt}
