"""Money has arrived: it pays its order, or it is kept for somebody to look at. Never lost.

Locks: the order, then the payment, then what confirming the order takes.
"""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.money import to_major, to_minor
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.services.progress import confirm_payment, lock_order
from apps.payments.models import Payment, PaymentFlag
from apps.payments.providers import Trade
from apps.payments.selectors import payment_settings
from apps.payments.services.flags import raise_flag
from apps.payments.services.refunds import lock_payment, return_stray_money

Kind = PaymentFlag.Kind
Status = Payment.Status


class Outcome(StrEnum):
    """What became of money that somebody told of."""

    CONFIRMED = "confirmed"
    REPEATED = "repeated"
    AMOUNT = "amount"
    TAKEN = "taken"
    STRAY = "stray"


@transaction.atomic
def settle_payment(*, payment: Payment, trade: Trade, actor: User | None = None) -> Outcome:
    """Take down that a payment was made, as its provider says, and confirm its order.

    The same news again changes nothing. Another amount or a number that belongs to another payment
    changes nothing but for a flag. Money for an order that does not wait for it is recorded,
    flagged, and given back where the merchant wants that and the order is paid or cancelled beyond
    doubt. `actor` confirms a transfer by hand.
    """
    order = lock_order(payment.order)
    payment = lock_payment(payment, order)
    if payment.status == Status.PAID:
        return _again(payment, trade)
    if trade.amount != to_minor(payment.amount):
        _flag(payment, Kind.AMOUNT, trade)
        return Outcome.AMOUNT
    if _is_taken(payment, trade):
        _flag(payment, Kind.TAKEN, trade)
        return Outcome.TAKEN
    payment.status, payment.next_check_at = Status.PAID, None
    payment.transaction_id = trade.transaction_id or None
    payment.paid_at = _when(trade.paid_at, payment)
    if (
        order.status == Order.Status.PENDING
        and payment.amount == order_total(order)
        and not _went_back(payment, trade)
    ):
        payment.is_applied = True
        _save(payment)
        confirm_payment(order=order, actor=actor, paid_at=payment.paid_at)
        return Outcome.CONFIRMED
    _save(payment)
    _keep_stray(payment, order, trade)
    return Outcome.STRAY


def _save(payment: Payment) -> None:
    names = ["status", "next_check_at", "transaction_id", "paid_at", "is_applied"]
    payment.save(update_fields=names)


def _when(paid_at: datetime | None, payment: Payment) -> datetime:
    """The provider's time, but never before the attempt began nor ahead of us."""
    now = timezone.now()
    return min(max(paid_at or now, payment.created_at), now)


def _again(payment: Payment, trade: Trade) -> Outcome:
    if trade.transaction_id != (payment.transaction_id or ""):
        _flag(payment, Kind.TAKEN, trade)
        return Outcome.TAKEN
    if trade.amount != to_minor(payment.amount):
        _flag(payment, Kind.AMOUNT, trade)
        return Outcome.AMOUNT
    return Outcome.REPEATED


def _is_taken(payment: Payment, trade: Trade) -> bool:
    if not trade.transaction_id:
        return False
    # Across merchants: the provider's numbers are unique at the provider.
    same = Payment.objects.with_scopes_disabled().filter(
        provider=payment.provider, transaction_id=trade.transaction_id
    )
    return same.exclude(pk=payment.pk).exists()


def _went_back(payment: Payment, trade: Trade) -> bool:
    """Whether the provider told before that the money was given back without our asking."""
    return trade.is_returned or payment.flags.filter(kind=Kind.OUTSIDE).exists()


def _flag(payment: Payment, kind: str, trade: Trade) -> PaymentFlag:
    return raise_flag(
        kind=kind,
        provider=payment.provider,
        what=f"{payment.number}:{trade.transaction_id}:{trade.amount}",
        payment=payment,
        transaction_id=trade.transaction_id,
        amount=to_major(trade.amount),
    )


def _keep_stray(payment: Payment, order: Order, trade: Trade) -> None:
    if _went_back(payment, trade):
        _flag(payment, Kind.OUTSIDE, trade)
        return
    if order.status == Order.Status.PENDING:
        # The order's total is another than when the attempt began.
        _flag(payment, Kind.AMOUNT, trade)
        return
    is_dead = order.status in (Order.Status.CANCELLED, Order.Status.CLOSED)
    flag = _flag(payment, Kind.LATE if is_dead else Kind.DOUBLE, trade)
    # An order that was confirmed by hand may have been confirmed because of this very money.
    is_beyond_doubt = order.status == Order.Status.CANCELLED or (
        Payment.objects.filter(order=order, is_applied=True).exists()
    )
    may_return = payment.is_online and payment_settings(order.merchant).returns_stray_money
    if is_beyond_doubt and may_return:
        return_stray_money(payment=payment, flag=flag)
