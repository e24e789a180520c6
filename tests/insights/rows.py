"""Sales, refunds and commissions as the stages before leave them."""

import itertools
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from apps.commissions.models import Commission, Plan
from apps.core.csv_output import safe_cell
from apps.promotion.models import Attribution
from tests.factories import OrderFactory, OrderLineFactory, RefundFactory

_versions = itertools.count(1)


def moment(text: str) -> datetime:
    """An aware time from ISO 8601 with an offset."""
    value = datetime.fromisoformat(text)
    assert value.tzinfo is not None
    return value


def sell(distributor, *amounts, at, status="paid", merchant=None):
    """An order with a line per amount, attributed to `distributor` (None: to nobody)."""
    merchant = merchant or distributor.merchant
    done = {"completed_at": at} if status == "completed" else {}
    placed_at = at or timezone.now()
    order = OrderFactory(merchant=merchant, status=status, placed_at=placed_at, paid_at=at, **done)
    for number, amount in enumerate(amounts, start=1):
        OrderLineFactory(merchant=merchant, order=order, line_no=number, unit_price=Decimal(amount))
    Attribution.objects.create(
        merchant=merchant,
        order=order,
        distributor=distributor,
        method="order" if distributor else "none",
    )
    return order


def give_back(order, amount, *, at, line_no=1, status="refunded"):
    """A refund on one line."""
    return RefundFactory(
        merchant=order.merchant,
        order_line=order.lines.get(line_no=line_no),
        amount=Decimal(amount),
        status=status,
        refunded_at=at,
    )


def earn(distributor, order, amount, *, line_no=1, depth=1):
    """What `distributor` earned on one line, on the day it was paid."""
    plan = Plan.objects.filter(merchant=order.merchant).first() or Plan.objects.create(
        merchant=order.merchant, version=next(_versions), name="Spring", document={"hold_days": 7}
    )
    return Commission.objects.create(
        merchant=order.merchant,
        order_line=order.lines.get(line_no=line_no),
        beneficiary=distributor,
        depth=depth,
        plan=plan,
        base_amount=Decimal(amount),
        amount=Decimal(amount),
        earned_at=order.paid_at,
    )


def take_back(commission, refund, amount):
    """What `refund` took back of a commission, on the day of the refund."""
    return Commission.objects.create(
        merchant=commission.merchant,
        order_line=commission.order_line,
        beneficiary=commission.beneficiary,
        depth=commission.depth,
        plan=commission.plan,
        base_amount=commission.base_amount,
        amount=-Decimal(amount),
        earned_at=refund.refunded_at,
        refund=refund,
        reverses=commission,
    )


def as_text(rows) -> list[str]:
    """Each row's cells, parted by blanks."""
    return [" ".join(safe_cell(cell) for cell in row.cells()) for row in rows]
