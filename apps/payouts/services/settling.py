"""What became of each line of an approved batch: paid, or failed and given back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.payouts.models import Payout, PayoutBatch, Withdrawal
from apps.payouts.services.batches import lock_batch
from apps.payouts.services.movements import give_back, pay_out
from apps.payouts.services.refusals import PayoutRefused, require_permission, require_reason

SETTLE = "payouts.change_payout"


@transaction.atomic
def mark_payout_paid(*, payout: Payout, actor) -> Payout:
    """The money has left: withdrawing → paid. Raises PayoutRefused unless the line waits for it."""
    payout, withdrawal = _lock_waiting(payout, actor)
    now = timezone.now()
    _settle(payout, withdrawal, Payout.Status.PAID, "", actor, now)
    pay_out(withdrawal, now)
    return payout


@transaction.atomic
def mark_payout_failed(*, payout: Payout, actor, reason: str) -> Payout:
    """The money came back: it is available again, after repaying a debt made since.

    Raises PayoutRefused without a reason, and unless the line waits to be paid.
    """
    reason = require_reason(reason)
    payout, withdrawal = _lock_waiting(payout, actor)
    now = timezone.now()
    _settle(payout, withdrawal, Payout.Status.FAILED, reason, actor, now)
    give_back(withdrawal, now)
    return payout


def _lock_waiting(payout: Payout, actor) -> tuple[Payout, Withdrawal]:
    payout = Payout.objects.select_related("batch").get(pk=payout.pk)
    batch = lock_batch(payout.batch)
    require_permission(actor, SETTLE, batch.merchant)
    if batch.status != PayoutBatch.Status.APPROVED:
        raise PayoutRefused(_("Only lines of an approved batch can be marked."))
    payout = Payout.objects.select_for_update().get(pk=payout.pk)
    if payout.status != Payout.Status.WAITING:
        raise PayoutRefused(_("This line was already marked."))
    return payout, Withdrawal.objects.select_for_update().get(pk=payout.withdrawal_id)


def _settle(
    payout: Payout, withdrawal: Withdrawal, status: str, reason: str, actor, now: datetime
) -> None:
    payout.status, payout.reason, payout.settled_at, payout.settled_by = status, reason, now, actor
    payout.save(update_fields=["status", "reason", "settled_at", "settled_by"])
    # A line and its withdrawal end alike: “paid” or “failed” in both.
    withdrawal.status, withdrawal.reason, withdrawal.settled_at = status, reason, now
    withdrawal.save(update_fields=["status", "reason", "settled_at"])
    if not Payout.objects.filter(batch_id=payout.batch_id, status=Payout.Status.WAITING).exists():
        PayoutBatch.objects.filter(pk=payout.batch_id).update(status=PayoutBatch.Status.SETTLED)
