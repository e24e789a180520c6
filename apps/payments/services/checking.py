"""Asking the provider how a payment stands, and closing what will not be paid any more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.orders.models import Order
from apps.orders.selectors.delivery import unpaid_until
from apps.orders.services.expiring import stop_awaiting
from apps.orders.services.progress import lock_order
from apps.payments.models import ONLINE, Payment
from apps.payments.providers import Provider, ProviderError, Trade, provider_of
from apps.payments.providers.base import ABSENT, CLOSED, PAID
from apps.payments.services.refunds import lock_payment
from apps.payments.services.settling import Outcome, settle_payment

Status = Payment.Status
# A customer who waits has the provider asked, but not at every look.
LEAST_PAUSE = timedelta(seconds=4)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=10)
CHECKED_AT_ONCE = 200
# Whoever has just begun is not cut off in the middle, even when the order's time is over.
LEAST_TIME = timedelta(minutes=5)


def due_payments(now: datetime, limit: int = CHECKED_AT_ONCE) -> list[Payment]:
    """Open attempts to ask about, over the scope: due, or of orders that wait for no money."""
    found = Payment.objects.filter(
        Q(next_check_at__lte=now) | (~Q(order__status=Order.Status.PENDING) & Q(checks=0)),
        status=Status.PENDING,
        provider__in=ONLINE,
    )
    return list(found.select_related("order", "merchant").order_by("next_check_at")[:limit])


def check_payment(*, payment: Payment, at_most_every: timedelta = LEAST_PAUSE) -> Payment:
    """Ask the provider about an open attempt; the payment as it is afterwards.

    Money that arrived is settled. An attempt whose time is over, or whose order waits for no money
    or is to end by itself, is closed there and here; without another one the order may then end.
    Asked again within `at_most_every`, or without an answer, the payment stays as it is. The
    provider is asked outside any transaction.
    """
    if not _take(payment, at_most_every):
        return Payment.objects.get(pk=payment.pk)
    try:
        provider = provider_of(payment.provider)
        trade = provider.query(payment.number)
        _follow(payment, provider, trade)
    except (ProviderError, LookupError):
        # The next sweep asks again: it was put off before.
        pass
    return Payment.objects.get(pk=payment.pk)


def _take(payment: Payment, at_most_every: timedelta) -> bool:
    """Whether this call may ask: of several at once, one."""
    now = timezone.now()
    pause = min(FIRST_PAUSE * 2 ** min(payment.checks, 6), LONGEST_PAUSE)
    ends = [each for each in (payment.expires_at, _order_ends(payment)) if each and each > now]
    free = Q(checked_at=None) | Q(checked_at__lte=now - at_most_every)
    return bool(
        Payment.objects.filter(free, pk=payment.pk, status=Status.PENDING).update(
            checked_at=now, checks=F("checks") + 1, next_check_at=min([now + pause, *ends])
        )
    )


def _follow(payment: Payment, provider: Provider, trade: Trade) -> None:
    if _decide(payment, trade):
        return
    is_over = timezone.now() >= payment.expires_at
    if not is_over and _order_waits(payment):
        return
    state = ABSENT if trade.state == ABSENT else provider.close(payment.number)
    if state == PAID:
        # Decided between the two questions.
        _decide(payment, provider.query(payment.number))
    # Nothing was opened there, but the customer may still hold the address that would open it.
    elif state == CLOSED or is_over:
        _close(payment, Status.CLOSED)


def _decide(payment: Payment, trade: Trade) -> bool:
    """Whether the trade is paid or closed; if so, so is the payment."""
    if trade.state == CLOSED:
        _close(payment, Status.CLOSED)
    elif trade.state == PAID:
        outcome = settle_payment(payment=payment, trade=trade)
        if outcome in (Outcome.AMOUNT, Outcome.TAKEN):
            _close(payment, Status.FAILED)
    return trade.state in (CLOSED, PAID)


def _order_ends(payment: Payment) -> datetime | None:
    """When the attempt must be decided because its order ends by itself; None: it does not."""
    end = unpaid_until(payment.order)
    return None if end is None else max(end, payment.created_at + LEAST_TIME)


def _order_waits(payment: Payment) -> bool:
    payment.order.refresh_from_db(fields=["status", "payment_claimed_at"])
    end = _order_ends(payment)
    is_pending = payment.order.status == Order.Status.PENDING
    return is_pending and (end is None or timezone.now() < end)


@transaction.atomic
def _close(payment: Payment, status: str) -> None:
    order = lock_order(payment.order)
    payment = lock_payment(payment, order)
    if payment.status != Status.PENDING:
        return
    payment.status, payment.closed_at, payment.next_check_at = status, timezone.now(), None
    payment.save(update_fields=["status", "closed_at", "next_check_at"])
    others = Payment.objects.filter(order=order, status=Status.PENDING, provider__in=ONLINE)
    if not others.exists():
        stop_awaiting(order=order)
