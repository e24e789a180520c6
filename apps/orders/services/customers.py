"""What customers do with their own orders. Whose an order is, is the entrance's to know."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import attachments
from apps.core.attachments import Upload, check_files
from apps.core.money import divide_half_up, to_major, to_minor
from apps.core.phones import normalise_phone
from apps.orders.models import Order, OrderLine, Refund, RefundFile
from apps.orders.services.progress import StepRefused, complete_order, expect, lock_order
from apps.orders.services.refunds import quantity_left, request_refund


@transaction.atomic
def claim_payment(*, order: Order) -> Order:
    """Note that the customer says they have paid: the order no longer ends by itself.

    Saying it again changes nothing. Raises StepRefused unless the order awaits payment.
    """
    order = lock_order(order)
    expect(order, Order.Status.PENDING)
    if order.payment_claimed_at is None:
        order.payment_claimed_at = timezone.now()
        order.save(update_fields=["payment_claimed_at"])
    return order


@transaction.atomic
def confirm_receipt(*, order: Order) -> Order:
    """The customer has the goods, sent or picked up: the order is completed now.

    Raises StepRefused unless it was shipped, or paid and is picked up at a store.
    """
    order = lock_order(order)
    expect(order, Order.Status.SHIPPED, *([Order.Status.PAID] if order.store_id else []))
    return complete_order(order=order, actor=None)


@transaction.atomic
def claim_order(*, order: Order, owner: str, phone: str) -> Order:
    """Make an order the owner's, who knows its number and the recipient's phone.

    Raises StepRefused for another phone, or an order that was placed signed in. The entrance limits
    how often somebody may try.
    """
    order = lock_order(order)
    if order.owner.startswith("user-") and order.owner != owner:
        raise StepRefused(_("This order was placed by somebody signed in: please sign in."))
    if not order.recipient_phone or normalise_phone(phone) != order.recipient_phone:
        raise StepRefused(_("This is not the phone number that the order was placed with."))
    if order.owner != owner:
        order.owner = owner
        order.save(update_fields=["owner"])
    return order


def refund_for(line: OrderLine, quantity: int) -> Decimal:
    """What `quantity` pieces of the line are worth of what is left to give back (major units).

    By pieces, rounded half up; the last ones are worth all that is left. Two queries.
    """
    left = quantity_left(line)
    if quantity >= left:
        return line.refundable_amount
    return to_major(divide_half_up(to_minor(line.refundable_amount) * quantity, left))


@transaction.atomic
def ask_for_refund(
    *,
    order_line: OrderLine,
    quantity: int,
    way: str,
    reason: str,
    uploads: Sequence[Upload] = (),
) -> Refund:
    """A customer asks for money back on pieces of a line, with pictures; nothing is given back yet.

    The amount is `refund_for` the pieces. Raises RefundRefused as `request_refund` does,
    AttachmentRefused for a file that cannot be taken.
    """
    checked = check_files(uploads)
    lock_order(order_line.order)
    line = OrderLine.objects.get(pk=order_line.pk)
    refund = request_refund(
        order_line=line,
        amount=refund_for(line, quantity),
        quantity=quantity,
        reason=reason,
        way=way,
    )
    rows = ((RefundFile(merchant_id=refund.merchant_id, refund=refund), each) for each in checked)
    attachments.keep_files(rows)
    return refund
