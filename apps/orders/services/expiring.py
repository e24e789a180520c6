"""What happens to a shop's orders by itself: unpaid ones end, delivered ones are completed.

Orders from files are another system's and never touched. Each chunk is one transaction that locks
its orders and looks again, so that a payment at the same moment is either seen or refused.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.orders.models import Order, Refund
from apps.orders.selectors.delivery import shop_settings
from apps.orders.services.progress import end_unpaid

Status = Order.Status
CHUNK = 200


def cancel_unpaid_orders(*, merchant, as_of: datetime) -> Iterator[int]:
    """Cancel what the merchant's customers have not paid in time by `as_of`; their goods go back.

    Yields how many were cancelled after each committed chunk. An order whose customer says that it
    is paid is left to somebody who looks, and one whose payment is awaited (`await_payment`) to
    whoever awaits it. Inside the merchant's scope.
    """
    minutes = shop_settings(merchant).unpaid_minutes
    if minutes is None:
        return
    late = Order.objects.filter(
        Q(payment_awaited_until=None) | Q(payment_awaited_until__lte=as_of),
        merchant=merchant,
        source=Order.Source.SHOP,
        status=Status.PENDING,
        payment_claimed_at=None,
        placed_at__lte=as_of - timedelta(minutes=minutes),
    ).order_by("placed_at", "pk")
    while count := _cancel_chunk(late, as_of):
        yield count


def await_payment(*, order: Order, until: datetime) -> None:
    """Keep a locked order from ending by itself before `until`: its money may be on its way.

    Whoever awaits it calls `stop_awaiting` as soon as they know. A later moment that was named
    before stays.
    """
    if order.payment_awaited_until is None or order.payment_awaited_until < until:
        order.payment_awaited_until = until
        order.save(update_fields=["payment_awaited_until"])


def stop_awaiting(*, order: Order) -> None:
    """No money is on its way any more: the locked order ends when its time is over."""
    if order.payment_awaited_until is not None:
        order.payment_awaited_until = None
        order.save(update_fields=["payment_awaited_until"])


@transaction.atomic
def _cancel_chunk(late: QuerySet[Order], as_of: datetime) -> int:
    # What somebody pays or cancels at this moment is theirs; the next run finds what they left.
    orders = list(late.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
    for order in orders:
        end_unpaid(order, as_of)
    return len(orders)


def complete_delivered_orders(*, merchant, as_of: datetime) -> Iterator[int]:
    """Complete what was shipped long enough before `as_of`, at the moment when it was due.

    Yields how many were completed after each committed chunk. An order with a refund that is being
    looked at waits for the answer. Inside the merchant's scope.
    """
    days = shop_settings(merchant).complete_days
    if days is None:
        return
    delivered = (
        Order.objects.filter(
            merchant=merchant,
            source=Order.Source.SHOP,
            status=Status.SHIPPED,
            shipped_at__lte=as_of - timedelta(days=days),
        )
        .exclude(Exists(open_refunds()))
        .order_by("shipped_at", "pk")
    )
    while count := _complete_chunk(delivered, timedelta(days=days)):
        yield count


def open_refunds() -> QuerySet[Refund]:
    """The refunds of an outer order that nobody has decided on."""
    return Refund.objects.filter(
        order_line__order=OuterRef("pk"), status=Refund.Status.REQUESTED
    ).order_by()


@transaction.atomic
def _complete_chunk(delivered: QuerySet[Order], wait: timedelta) -> int:
    locked = delivered.select_for_update(skip_locked=True, of=("self",))
    ids = list(locked.values_list("pk", flat=True)[:CHUNK])
    return Order.objects.filter(pk__in=ids).update(
        status=Status.COMPLETED, completed_at=F("shipped_at") + wait
    )
