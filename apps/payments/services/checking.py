"""Asking the provider how a payment stands, and closing what will not be paid any more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.orders.models import Order
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

    Money that arrived is settled. An attempt whose time is over, or whose order waits for no money,
    is closed there and here. Asked again within `at_most_every`, or without an answer, the payment
    stays as it is. The provider is asked outside any transaction.
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
    free = Q(checked_at=None) | Q(checked_at__lte=now - at_most_every)
    return bool(
        Payment.objects.filter(free, pk=payment.pk, status=Status.PENDING).update(
            checked_at=now, checks=F("checks") + 1, next_check_at=now + pause
        )
    )


def _follow(payment: Payment, provider: Provider, trade: Trade) -> None:
    if trade.state == PAID:
        outcome = settle_payment(payment=payment, trade=trade)
        if outcome in (Outcome.AMOUNT, Outcome.TAKEN):
            _close(payment, Status.FAILED)
        return
    if trade.state == CLOSED:
        _close(payment, Status.CLOSED)
        return
    is_over = timezone.now() >= payment.expires_at
    waits = Order.objects.filter(pk=payment.order_id, status=Order.Status.PENDING).exists()
    if waits and not is_over:
        return
    state = ABSENT if trade.state == ABSENT else provider.close(payment.number)
    # Nothing was opened there, but the customer may still hold the address that would open it.
    if state == CLOSED or (state == ABSENT and is_over):
        _close(payment, Status.CLOSED)


@transaction.atomic
def _close(payment: Payment, status: str) -> None:
    order = lock_order(payment.order)
    payment = lock_payment(payment, order)
    if payment.status != Status.PENDING:
        return
    payment.status, payment.closed_at, payment.next_check_at = status, timezone.now(), None
    payment.save(update_fields=["status", "closed_at", "next_check_at"])
