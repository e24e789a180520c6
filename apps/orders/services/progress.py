"""An order's way: pending → paid → shipped → completed, or pending → cancelled. (Paid and then
cancelled: see `closing`.)

Every step locks the order and looks at it again, so a second click on the same button is refused
with the reason instead of doing anything twice.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Binding, BindingPolicy
from apps.distributors.services.binding import touch_customer
from apps.orders.models import Order
from apps.orders.services.coupon_uses import give_back_use
from apps.orders.services.shipping_problems import Settled, settle_problem
from apps.orders.services.stock import return_stock

Status = Order.Status


class StepRefused(Refused):
    """The order is not where this step starts from; it was left as it is."""


@transaction.atomic
def confirm_payment(*, order: Order, actor: User | None, paid_at: datetime | None = None) -> Order:
    """Record that the money for a pending order came in, at `paid_at` (aware; default now).

    Returns the order as it is now. Raises StepRefused for any other order.
    """
    order = lock_order(order)
    expect(order, Status.PENDING)
    order.status = Status.PAID
    order.paid_at = paid_at or timezone.now()
    order.payment_confirmed_by = actor
    order.save(update_fields=["status", "paid_at", "payment_confirmed_by"])
    _bind_buyer(order)
    return order


def _bind_buyer(order: Order) -> None:
    """The first paid order of a shop may bind its customer, if the merchant's policy says so."""
    if order.source != Order.Source.SHOP or order.distributor is None:
        return
    typed = order.brought_how == Order.Bringing.CODE
    touch_customer(
        customer=order.customer,
        distributor=order.distributor,
        moment=BindingPolicy.Moment.ORDER,
        way=Binding.Way.CODE if typed else Binding.Way.ORDER,
        at=order.paid_at,
        evidence={"order": order.order_no},
    )


@transaction.atomic
def ship_order(*, order: Order, actor: User | None, tracking_number: str = "") -> Order:
    """Record that a paid order was sent. Raises StepRefused for any other order."""
    order = lock_order(order)
    expect(order, Status.PAID)
    if len(tracking_number) > Order._meta.get_field("tracking_number").max_length:
        raise StepRefused(_("The parcel number is too long."))
    order.status = Status.SHIPPED
    order.shipped_at = timezone.now()
    order.tracking_number = tracking_number.strip()
    order.save(update_fields=["status", "shipped_at", "tracking_number"])
    settle_problem(order, Settled.SHIPPED, actor)
    return order


@transaction.atomic
def complete_order(
    *, order: Order, actor: User | None, completed_at: datetime | None = None
) -> Order:
    """Record that a paid or shipped order was received, at `completed_at` (aware; default now).

    The hold of its commissions starts then. Raises StepRefused for any other order, or for a time
    before the payment.
    """
    order = lock_order(order)
    expect(order, Status.PAID, Status.SHIPPED)
    completed_at = completed_at or timezone.now()
    if completed_at < order.paid_at:
        raise StepRefused(_("An order cannot be completed before it was paid."))
    order.status = Status.COMPLETED
    order.completed_at = completed_at
    order.save(update_fields=["status", "completed_at"])
    return order


@transaction.atomic
def cancel_order(*, order: Order, actor: User | None) -> Order:
    """Cancel an order that was never paid; a shop order's goods go back into stock.

    Raises StepRefused for any other order: once money came in, refunds tell what was given back.
    """
    order = lock_order(order)
    if order.paid_at is not None:
        raise StepRefused(_("This order has been paid: record refunds on its lines instead."))
    expect(order, Status.PENDING)
    end_unpaid(order, timezone.now(), actor)
    return order


def end_unpaid(order: Order, at: datetime, actor: User | None = None) -> None:
    """Cancel a pending order that is locked; its goods and its coupon go back."""
    order.status = Status.CANCELLED
    order.cancelled_at = at
    order.save(update_fields=["status", "cancelled_at"])
    settle_problem(order, Settled.CANCELLED, actor)
    give_back_use(order=order, at=at)
    return_stock(order)


def lock_order(order: Order) -> Order:
    """The order as it is in the database, locked until the end of the transaction."""
    return Order.objects.select_for_update().get(pk=order.pk)


def expect(order: Order, *statuses: Status) -> None:
    """Raises StepRefused unless the order is in one of these states."""
    if order.status not in statuses:
        raise StepRefused(
            _("Order %(order)s is already in state “%(status)s”; nothing was changed.")
            % {"order": order.order_no, "status": order.get_status_display()}
        )
