"""A distributor asks for money; finance says yes or no."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.money import MoneyError, to_major, to_minor
from apps.distributors.models import Distributor
from apps.payouts.models import PayoutAccount, Withdrawal
from apps.payouts.services.movements import give_back, set_aside
from apps.payouts.services.refusals import PayoutRefused, require_permission, require_reason

Status = Withdrawal.Status
REVIEW = "payouts.change_withdrawal"
SMALLEST_AMOUNT = Decimal("0.01")


@transaction.atomic
def request_withdrawal(
    *, distributor: Distributor, amount: Decimal | int | str, request_key: str
) -> Withdrawal:
    """Set `amount` (major units) of the available balance aside and ask for it to be paid out.

    The same key with the same amount returns the withdrawal it made before. People who are
    suspended or terminated may still ask: what they earned is theirs, and for those who have left
    there is no minimum. Raises PayoutRefused (key used for another amount, below the merchant's
    minimum, no payout account, debt) and InsufficientBalance.
    """
    # Read again, so that a person of another merchant is not found rather than paid.
    distributor = Distributor.objects.select_related("merchant").get(pk=distributor.pk)
    amount = _amount(amount)
    earlier = Withdrawal.objects.filter(distributor=distributor, request_key=request_key).first()
    if earlier is not None:
        return _same_request(earlier, amount)
    _check_minimum(distributor, amount)
    withdrawal, is_new = Withdrawal.objects.get_or_create(
        distributor=distributor,
        request_key=request_key,
        defaults={
            "merchant": distributor.merchant,
            "amount": amount,
            "payout_account": _payout_account(distributor),
        },
    )
    if not is_new:
        return _same_request(withdrawal, amount)
    set_aside(withdrawal, withdrawal.submitted_at)
    return withdrawal


def _amount(value: Decimal | int | str) -> Decimal:
    try:
        amount = to_major(to_minor(value))
    except MoneyError:
        raise PayoutRefused(_("Enter an amount with at most two decimals.")) from None
    if amount <= 0:
        raise PayoutRefused(_("Enter an amount above zero."))
    return amount


def _same_request(withdrawal: Withdrawal, amount: Decimal) -> Withdrawal:
    if withdrawal.amount != amount:
        raise PayoutRefused(
            _("This was already asked for, with %(amount)s. Open the page again to ask for more.")
            % {"amount": withdrawal.amount}
        )
    return withdrawal


def _check_minimum(distributor: Distributor, amount: Decimal) -> None:
    minimum = smallest_withdrawal(distributor)
    if amount < minimum:
        raise PayoutRefused(_("The smallest withdrawal is %(minimum)s.") % {"minimum": minimum})


def smallest_withdrawal(distributor: Distributor) -> Decimal:
    """The least one may ask for (major units): the merchant's minimum, until one has left.

    A rest below the minimum would otherwise never be paid.
    """
    if distributor.status == Distributor.Status.TERMINATED:
        return SMALLEST_AMOUNT
    return max(distributor.merchant.withdrawal_minimum, SMALLEST_AMOUNT)


def _payout_account(distributor: Distributor) -> PayoutAccount:
    account = PayoutAccount.objects.filter(distributor=distributor, is_current=True).first()
    if account is None:
        raise PayoutRefused(_("Add a payout account first."))
    return account


@transaction.atomic
def approve_withdrawal(*, withdrawal: Withdrawal, actor) -> Withdrawal:
    """Let the withdrawal into a payout batch. Raises PayoutRefused unless it awaits review."""
    withdrawal = _lock(withdrawal)
    require_permission(actor, REVIEW, withdrawal.merchant)
    if withdrawal.status != Status.SUBMITTED:
        raise PayoutRefused(_("This withdrawal no longer awaits review."))
    withdrawal.status = Status.APPROVED
    _record_review(withdrawal, actor)
    return withdrawal


@transaction.atomic
def reject_withdrawal(*, withdrawal: Withdrawal, actor, reason: str) -> Withdrawal:
    """Give the money back, repaying a debt first if refunds have made one since.

    Possible while it awaits review, and once approved until it is in a batch. Raises PayoutRefused.
    """
    reason = require_reason(reason)
    withdrawal = _lock(withdrawal)
    require_permission(actor, REVIEW, withdrawal.merchant)
    if withdrawal.status not in (Status.SUBMITTED, Status.APPROVED):
        raise PayoutRefused(_("This withdrawal can no longer be rejected."))
    withdrawal.status, withdrawal.reason = Status.REJECTED, reason
    _record_review(withdrawal, actor)
    give_back(withdrawal, withdrawal.reviewed_at)
    return withdrawal


def _lock(withdrawal: Withdrawal) -> Withdrawal:
    return Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)


def _record_review(withdrawal: Withdrawal, actor) -> None:
    withdrawal.reviewed_at, withdrawal.reviewed_by = timezone.now(), actor
    withdrawal.save(update_fields=["status", "reason", "reviewed_at", "reviewed_by"])
