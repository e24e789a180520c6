"""Cancelling an order after it was paid: everything is given back, nothing is rewritten."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.orders.models import Order, Refund
from apps.orders.services.coupon_uses import give_back_use
from apps.orders.services.progress import expect, lock_order
from apps.orders.services.refunds import record_refund, reject_refund
from apps.orders.services.shipping_problems import Settled, settle_problem
from apps.orders.services.stock import return_stock

Status = Order.Status


@transaction.atomic
def close_order(*, order: Order, actor: User | None, closed_at: datetime | None = None) -> Order:
    """Cancel a paid order that was not completed, at `closed_at` (aware; default now).

    Whatever is left of each line is refunded then, open refund requests are turned down in favour
    of that, a coupon may be used once more, and a shop order's goods that were not sent go back
    into stock. The order stays a sale
    of the day it was paid. Raises StepRefused for any other order, RefundRefused for a time before
    the payment.
    """
    order = lock_order(order)
    expect(order, Status.PAID, Status.SHIPPED)
    closed_at = closed_at or timezone.now()
    for refund in Refund.objects.filter(order_line__order=order, status=Refund.Status.REQUESTED):
        reject_refund(refund=refund)
    for line in order.lines.order_by("line_no"):
        if line.refundable_amount:
            record_refund(
                order_line=line,
                amount=line.refundable_amount,
                refunded_at=closed_at,
                reason=_("Order cancelled after payment"),
            )
    give_back_use(order=order, at=closed_at)
    if order.status == Status.PAID:
        return_stock(order)
    order.status, order.cancelled_at = Status.CLOSED, closed_at
    order.save(update_fields=["status", "cancelled_at"])
    settle_problem(order, Settled.CANCELLED, actor)
    return order
