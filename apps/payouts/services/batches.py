"""Payout batches: made by one person, approved by another."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.payouts.models import Payout, PayoutBatch, Withdrawal
from apps.payouts.services.freezing import require_not_frozen
from apps.payouts.services.refusals import PayoutRefused, require_permission

Status = PayoutBatch.Status
MAKE = "payouts.add_payoutbatch"
APPROVE = "payouts.change_payoutbatch"


@transaction.atomic
def make_batch(*, merchant, withdrawals: Iterable[Withdrawal], actor) -> PayoutBatch:
    """Put approved withdrawals of one merchant into a new draft batch.

    All or none: raises PayoutRefused, naming them, when any is of another merchant, not approved,
    or in a batch already; and while payouts are stopped.
    """
    require_permission(actor, MAKE, merchant)
    require_not_frozen(merchant)
    wanted = {each.pk for each in withdrawals}
    if not wanted:
        raise PayoutRefused(_("Choose at least one approved withdrawal."))
    chosen = list(
        Withdrawal.objects.select_for_update()
        .filter(merchant=merchant, pk__in=wanted)
        .order_by("pk")
    )
    _check_all_approved(wanted, chosen)
    batch = PayoutBatch.objects.create(merchant=merchant, made_by=actor)
    Payout.objects.bulk_create(
        [
            Payout(merchant=merchant, batch=batch, withdrawal=each, amount=each.amount)
            for each in chosen
        ],
        batch_size=1000,
    )
    Withdrawal.objects.filter(merchant=merchant, pk__in=wanted).update(
        status=Withdrawal.Status.PAYING
    )
    return batch


def _check_all_approved(wanted: set[int], chosen: list[Withdrawal]) -> None:
    fit = {each.pk for each in chosen if each.status == Withdrawal.Status.APPROVED}
    if unfit := sorted(wanted - fit):
        names = ", ".join(f"W{each}" for each in unfit[:10])
        raise PayoutRefused(
            _("Only approved withdrawals in no batch can be paid; these are not: %(names)s.")
            % {"names": names}
        )


@transaction.atomic
def approve_batch(*, batch: PayoutBatch, actor) -> PayoutBatch:
    """The second pair of eyes. Raises PayoutRefused for its maker, and unless it is a draft."""
    batch = lock_batch(batch)
    require_permission(actor, APPROVE, batch.merchant)
    require_not_frozen(batch.merchant)
    if batch.made_by_id == actor.pk:
        raise PayoutRefused(_("Somebody else must approve a batch that you made."))
    if batch.status != Status.DRAFT:
        raise PayoutRefused(_("This batch no longer awaits approval."))
    batch.status, batch.approved_by, batch.approved_at = Status.APPROVED, actor, timezone.now()
    batch.save(update_fields=["status", "approved_by", "approved_at"])
    return batch


@transaction.atomic
def cancel_batch(*, batch: PayoutBatch, actor) -> PayoutBatch:
    """Give a draft up; its withdrawals are approved again. Raises PayoutRefused if it is none."""
    batch = lock_batch(batch)
    require_permission(actor, APPROVE, batch.merchant)
    if batch.status != Status.DRAFT:
        raise PayoutRefused(_("Only a batch that awaits approval can be cancelled."))
    withdrawals = Withdrawal.objects.select_for_update().filter(payout__batch=batch)
    ids = list(withdrawals.order_by("pk").values_list("pk", flat=True))
    Withdrawal.objects.filter(pk__in=ids).update(status=Withdrawal.Status.APPROVED)
    # The lines of a draft were never sent anywhere, and a withdrawal can be in one batch only.
    Payout.objects.filter(batch=batch).delete()
    batch.status = Status.CANCELLED
    batch.save(update_fields=["status"])
    return batch


def lock_batch(batch: PayoutBatch) -> PayoutBatch:
    """The batch as it is now, locked until commit."""
    return PayoutBatch.objects.select_for_update().get(pk=batch.pk)
