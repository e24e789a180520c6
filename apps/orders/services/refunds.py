"""Giving money back, line by line. A refund that happened is a fact and never edited."""

import secrets
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Sum, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.core.fields import MoneyField
from apps.core.money import MoneyError, to_minor
from apps.orders.models import OrderLine, Refund
from apps.orders.services.progress import lock_order

Status = Refund.Status


class RefundRefused(Refused):
    """The refund was not recorded; the message says what would be possible."""


def new_refund_no() -> str:
    """A refund number for refunds that do not bring their own (64 random bits)."""
    return f"R{timezone.localdate():%y%m%d}{secrets.token_hex(8).upper()}"


@transaction.atomic
def request_refund(
    *, order_line: OrderLine, amount: Decimal, quantity: int | None = None, reason: str = ""
) -> Refund:
    """Ask for `amount` (major units) back on a paid line; nothing is given back yet.

    While it is open, the line's commissions are not released. Raises RefundRefused when the order
    is not paid, the amount or quantity is beyond what is left, or another request is open.
    """
    line = _lock_line(order_line)
    _check(line, amount, quantity)
    if line.refunds.filter(status=Status.REQUESTED).exists():
        raise RefundRefused(_("A refund of this line is already being looked at."))
    return Refund.objects.create(
        merchant_id=line.merchant_id,
        refund_no=new_refund_no(),
        order_line=line,
        quantity=quantity,
        amount=amount,
        reason=reason[:200],
    )


@transaction.atomic
def record_refund(
    *,
    order_line: OrderLine,
    amount: Decimal,
    quantity: int | None = None,
    refund_no: str | None = None,
    refunded_at: datetime | None = None,
    reason: str = "",
) -> Refund:
    """Record that `amount` (major units) was given back on a line, at `refunded_at` (default now).

    Raises RefundRefused when the order is not paid or was paid later, the amount or quantity is
    beyond what is left, or the line already has a refund of that number.
    """
    line = _lock_line(order_line)
    refunded_at = refunded_at or timezone.now()
    _check(line, amount, quantity, refunded_at)
    refund = Refund(
        merchant_id=line.merchant_id,
        refund_no=refund_no or new_refund_no(),
        order_line=line,
        quantity=quantity,
        amount=amount,
        status=Status.REFUNDED,
        reason=reason[:200],
        requested_at=refunded_at,
        refunded_at=refunded_at,
        resolved_at=refunded_at,
    )
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError as error:
        raise RefundRefused(
            _("Refund %(number)s of this line is already recorded.") % {"number": refund.refund_no}
        ) from error
    _raise_refunded(line, amount)
    return refund


@transaction.atomic
def complete_refund(*, refund: Refund, refunded_at: datetime | None = None) -> Refund:
    """Record that the money of a requested refund was given back, at `refunded_at` (default now).

    Raises RefundRefused unless it is still requested and its amount is still left on the line.
    """
    line = _lock_line(refund.order_line)
    refund = _open_refund(refund)
    refunded_at = refunded_at or timezone.now()
    _check(line, refund.amount, refund.quantity, refunded_at)
    refund.status = Status.REFUNDED
    refund.refunded_at = refunded_at
    refund.resolved_at = refund.refunded_at
    refund.save(update_fields=["status", "refunded_at", "resolved_at"])
    _raise_refunded(line, refund.amount)
    return refund


@transaction.atomic
def reject_refund(*, refund: Refund) -> Refund:
    """Turn a requested refund down; the line is as before. Raises RefundRefused for any other."""
    _lock_line(refund.order_line)
    refund = _open_refund(refund)
    refund.status = Status.REJECTED
    refund.resolved_at = timezone.now()
    refund.save(update_fields=["status", "resolved_at"])
    return refund


def _lock_line(line: OrderLine) -> OrderLine:
    """The line as it is now, locked after its order."""
    order = lock_order(line.order)
    line = OrderLine.objects.select_for_update().get(pk=line.pk)
    line.order = order
    return line


def _open_refund(refund: Refund) -> Refund:
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.status != Status.REQUESTED:
        raise RefundRefused(
            _("Refund %(number)s is already in state “%(status)s”; nothing was changed.")
            % {"number": refund.refund_no, "status": refund.get_status_display()}
        )
    return refund


def _check(
    line: OrderLine, amount: Decimal, quantity: int | None, refunded_at: datetime | None = None
) -> None:
    if not line.order.is_paid:
        raise RefundRefused(_("Only paid orders can be refunded; an unpaid one can be cancelled."))
    if refunded_at is not None and refunded_at < line.order.paid_at:
        raise RefundRefused(_("A refund cannot be earlier than the payment."))
    try:
        minor = to_minor(amount)
    except MoneyError as error:
        raise RefundRefused(_("A refund is an amount with at most two decimals.")) from error
    if minor <= 0:
        raise RefundRefused(_("A refund is more than zero."))
    if amount > line.refundable_amount:
        raise RefundRefused(_too_much(line))
    if quantity is not None and not 1 <= quantity <= quantity_left(line):
        raise RefundRefused(
            _("At most %(left)s pieces of this line are left to refund.")
            % {"left": quantity_left(line)}
        )


def quantity_left(line: OrderLine) -> int:
    """How many pieces of the line were not given back yet, as far as refunds named pieces."""
    given_back = line.refunds.filter(status=Status.REFUNDED).aggregate(sum=Sum("quantity"))["sum"]
    return line.quantity - (given_back or 0)


def _raise_refunded(line: OrderLine, amount: Decimal) -> None:
    # The table's own CHECK has the last word, whatever was read before.
    try:
        with transaction.atomic():
            OrderLine.objects.filter(pk=line.pk).update(
                refunded_amount=F("refunded_amount") + Value(amount, output_field=MoneyField())
            )
    except IntegrityError as error:
        raise RefundRefused(_too_much(line)) from error


def _too_much(line: OrderLine) -> str:
    return _("At most %(left)s is left to refund on this line.") % {"left": line.refundable_amount}
