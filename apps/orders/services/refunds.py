"""Giving money back, line by line. A refund that happened is a fact and never edited."""

import secrets
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.fields import MoneyField
from apps.core.money import MoneyError, to_minor
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.progress import lock_order
from apps.orders.services.refund_rules import (
    RefundRefused,
    earlier_event,
    given_back,
    highest_from,
    quantity_left,
    refusal,
    too_much,
)
from apps.orders.services.stock import restock_refund, take_again
from apps.products.services.refusals import StockShort

__all__ = [
    "RefundRefused",
    "complete_refund",
    "quantity_left",
    "record_refund",
    "reject_refund",
    "request_refund",
    "undo_refund",
]

Status = Refund.Status


def new_refund_no() -> str:
    """A refund number for refunds that do not bring their own (64 random bits)."""
    return f"R{timezone.localdate():%y%m%d}{secrets.token_hex(8).upper()}"


@transaction.atomic
def request_refund(
    *,
    order_line: OrderLine,
    amount: Decimal,
    quantity: int | None = None,
    reason: str = "",
    way: str = "",
) -> Refund:
    """Ask for `amount` (major units) back on a paid line; nothing is given back yet.

    While it is open, the line's commissions are not released. Raises RefundRefused when the order
    is not paid, the amount or quantity is beyond what is left, or another request is open.
    """
    line = lock_line(order_line)
    _check(line, amount, quantity)
    if line.refunds.filter(status=Status.REQUESTED).exists():
        raise refusal(line, _("A refund of this line is already being looked at."))
    return Refund.objects.create(
        merchant_id=line.merchant_id,
        refund_no=new_refund_no(),
        order_line=line,
        quantity=quantity,
        amount=amount,
        reason=reason[:200],
        way=way,
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
    restock: bool = False,
) -> Refund:
    """Record that `amount` (major units) was given back on a line, at `refunded_at` (default now).

    With `restock` the pieces came back too and go into stock again: then `quantity` says how many.
    The same event again, by its `refund_no`, returns what it recorded before. Raises RefundRefused
    when the order is not paid or was paid later, the amount or quantity is beyond what is left, or
    the number stands for another content.
    """
    line = lock_line(order_line)
    if refund_no:
        content = {"amount": amount, "quantity": quantity, "refunded_at": refunded_at}
        if earlier := earlier_event(line, refund_no, **content):
            return earlier
    refunded_at = refunded_at or timezone.now()
    _check(line, amount, quantity, refunded_at)
    _check_restock(line, quantity, restock)
    refund = Refund.objects.create(
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
    _raise_refunded(line, amount)
    if restock:
        restock_refund(refund, line)
    return refund


@transaction.atomic
def undo_refund(
    *,
    refund: Refund,
    refund_no: str | None = None,
    refunded_at: datetime | None = None,
    reason: str = "",
) -> Refund:
    """Record that a return was itself returned: the customer paid again, at `refunded_at`.

    The whole refund is undone, once, by a row of its own with the amount negated (aware time,
    default now); its commissions come back, and goods it had put into stock leave again. The same
    event again, by its `refund_no`, returns what it recorded before. Raises RefundRefused unless
    the refund was given back, is not undone, undoes nothing itself, and is not later; for an order
    that was cancelled after payment; and for goods that are no longer there.
    """
    line = lock_line(refund.order_line)
    refund = Refund.objects.get(pk=refund.pk)
    amount, quantity = -refund.amount, refund.quantity
    if refund_no:
        content = {"amount": amount, "quantity": quantity, "refunded_at": refunded_at}
        if earlier := earlier_event(line, refund_no, undoes=refund, **content):
            return earlier
    refunded_at = refunded_at or timezone.now()
    _check_undoing(line, refund, refunded_at)
    undo = Refund.objects.create(
        merchant_id=line.merchant_id,
        refund_no=refund_no or new_refund_no(),
        order_line=line,
        quantity=quantity,
        amount=amount,
        status=Status.REFUNDED,
        undoes=refund,
        reason=reason[:200],
        requested_at=refunded_at,
        refunded_at=refunded_at,
        resolved_at=refunded_at,
    )
    _raise_refunded(line, amount)
    try:
        take_again(refund, undo, line)
    except StockShort as short:
        raise refusal(line, str(short)) from short
    return undo


@transaction.atomic
def complete_refund(
    *, refund: Refund, refunded_at: datetime | None = None, restock: bool = False
) -> Refund:
    """Record that the money of a requested refund was given back, at `refunded_at` (default now).

    With `restock` the pieces it names came back too and go into stock again.
    Raises RefundRefused unless it is still requested and its amount is still left on the line.
    """
    line = lock_line(refund.order_line)
    refund = _open_refund(refund)
    refunded_at = refunded_at or timezone.now()
    _check(line, refund.amount, refund.quantity, refunded_at)
    _check_restock(line, refund.quantity, restock)
    refund.status = Status.REFUNDED
    refund.refunded_at = refunded_at
    refund.resolved_at = refund.refunded_at
    refund.save(update_fields=["status", "refunded_at", "resolved_at"])
    _raise_refunded(line, refund.amount)
    if restock:
        restock_refund(refund, line)
    return refund


@transaction.atomic
def reject_refund(*, refund: Refund) -> Refund:
    """Turn a requested refund down; the line is as before. Raises RefundRefused for any other."""
    lock_line(refund.order_line)
    refund = _open_refund(refund)
    refund.status = Status.REJECTED
    refund.resolved_at = timezone.now()
    refund.save(update_fields=["status", "resolved_at"])
    return refund


def lock_line(line: OrderLine) -> OrderLine:
    """The line as it is now, locked after its order."""
    order = lock_order(line.order)
    line = OrderLine.objects.select_for_update().get(pk=line.pk)
    line.order = order
    return line


def _open_refund(refund: Refund) -> Refund:
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.status != Status.REQUESTED:
        raise refusal(
            refund.order_line,
            _("Refund %(number)s is already in state “%(status)s”; nothing was changed.")
            % {"number": refund.refund_no, "status": refund.get_status_display()},
        )
    return refund


def _check(
    line: OrderLine, amount: Decimal, quantity: int | None, refunded_at: datetime | None = None
) -> None:
    if not line.order.is_paid:
        raise refusal(line, _("Only paid orders can be refunded; an unpaid one can be cancelled."))
    if refunded_at is not None and refunded_at < line.order.paid_at:
        raise refusal(line, _("A refund cannot be earlier than the payment."))
    try:
        minor = to_minor(amount)
    except MoneyError as error:
        raise refusal(line, _("A refund is an amount with at most two decimals.")) from error
    if minor <= 0:
        raise refusal(line, _("A refund is more than zero."))
    amount_gone, pieces_gone = highest_from(refunded_at, given_back(line))
    if amount > line.paid_amount - amount_gone:
        raise refusal(line, too_much(line.paid_amount - amount_gone))
    if quantity is not None and not 1 <= quantity <= line.quantity - pieces_gone:
        raise refusal(
            line,
            _("At most %(left)s pieces of this line are left to refund.")
            % {"left": max(line.quantity - pieces_gone, 0)},
        )


def _check_restock(line: OrderLine, quantity: int | None, restock: bool) -> None:
    if restock and quantity is None:
        raise refusal(line, _("Say how many pieces came back into stock."))


def _check_undoing(line: OrderLine, refund: Refund, refunded_at: datetime) -> None:
    words = {"number": refund.refund_no}
    if refund.undoes_id is not None:
        raise refusal(
            line,
            _("%(number)s is itself the return of a return: record a further refund instead.")
            % words,
        )
    if refund.status != Status.REFUNDED:
        raise refusal(line, _("Only a refund that was given back can be undone.") % words)
    undone_by = Refund.objects.filter(undoes=refund).first()
    if undone_by is not None:
        words["other"] = undone_by.refund_no
        raise refusal(line, _("Refund %(number)s was already undone by %(other)s.") % words)
    if line.order.status == Order.Status.CLOSED:
        raise refusal(
            line, _("This order was cancelled after payment: sell the goods in a new order.")
        )
    if refunded_at < refund.refunded_at:
        raise refusal(line, _("A refund cannot be undone before it was given back."))


def _raise_refunded(line: OrderLine, amount: Decimal) -> None:
    # The table's own CHECK has the last word, whatever was read before.
    try:
        with transaction.atomic():
            OrderLine.objects.filter(pk=line.pk).update(
                refunded_amount=F("refunded_amount") + Value(amount, output_field=MoneyField())
            )
    except IntegrityError as error:
        raise refusal(line, too_much(line.refundable_amount)) from error
