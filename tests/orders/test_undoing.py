"""A return that is itself returned: the whole refund, once, by a row of its own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.orders.models import OrderLine, Refund
from apps.orders.services.closing import close_order
from apps.orders.services.refunds import (
    RefundRefused,
    quantity_left,
    record_refund,
    reject_refund,
    request_refund,
    undo_refund,
)
from tests.factories import OrderFactory, OrderLineFactory

PAID_AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
GIVEN_BACK = PAID_AT + timedelta(days=5)
UNDONE = PAID_AT + timedelta(days=9)


@pytest.fixture
def line(merchant):
    """2 × 50.00, paid."""
    order = OrderFactory(placed_at=PAID_AT)
    return OrderLineFactory(order=order, quantity=2, unit_price=Decimal("50.00"))


@pytest.fixture
def refund(line):
    """One piece, 50.00."""
    return record_refund(
        order_line=line, amount=Decimal("50.00"), quantity=1, refund_no="R1", refunded_at=GIVEN_BACK
    )


def refunded(line):
    return OrderLine.objects.get(pk=line.pk).refunded_amount


def test_the_row_negates_the_refund_and_the_line_is_as_before(line, refund):
    undo = undo_refund(refund=refund, refund_no="U1", refunded_at=UNDONE, reason="寄回")

    undo.refresh_from_db()
    assert (undo.refund_no, undo.status, undo.undoes) == ("U1", "refunded", refund)
    assert (undo.amount, undo.quantity) == (Decimal("-50.00"), 1)
    assert (undo.requested_at, undo.refunded_at, undo.resolved_at) == (UNDONE, UNDONE, UNDONE)
    assert (refunded(line), quantity_left(line)) == (Decimal("0.00"), 2)


def test_what_came_back_may_be_refunded_again(line, refund):
    record_refund(order_line=line, amount=Decimal("50.00"), quantity=1, refunded_at=GIVEN_BACK)
    undo_refund(refund=refund, refunded_at=UNDONE)

    with pytest.raises(RefundRefused):
        record_refund(order_line=line, amount=Decimal("0.01"), refunded_at=UNDONE)
    later = UNDONE + timedelta(seconds=1)
    record_refund(order_line=line, amount=Decimal("50.00"), quantity=1, refunded_at=later)

    assert (refunded(line), quantity_left(line)) == (Decimal("100.00"), 0)


def test_a_refund_recorded_late_leaves_room_for_the_one_that_was_undone_since(line, refund):
    undo_refund(refund=refund, refunded_at=UNDONE)
    earlier = UNDONE - timedelta(days=1)

    for amount, quantity in (("50.01", None), ("10.00", 2)):
        with pytest.raises(RefundRefused):
            record_refund(
                order_line=line, amount=Decimal(amount), quantity=quantity, refunded_at=earlier
            )
    record_refund(order_line=line, amount=Decimal("50.00"), quantity=1, refunded_at=earlier)
    assert refunded(line) == Decimal("50.00")


def test_only_once(line, refund):
    undo_refund(refund=refund, refund_no="U1", refunded_at=UNDONE)

    with pytest.raises(RefundRefused, match="U1"):
        undo_refund(refund=refund, refunded_at=UNDONE)
    assert (refunded(line), Refund.objects.count()) == (Decimal("0.00"), 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(
            merchant=line.merchant, refund_no="U2", order_line=line, undoes=refund,
            status="refunded", amount=Decimal("-50.00"), refunded_at=UNDONE,
        )  # fmt: skip


def test_the_same_event_again_is_what_it_recorded_before(line, refund):
    undo = undo_refund(refund=refund, refund_no="U1", refunded_at=UNDONE)

    assert undo_refund(refund=refund, refund_no="U1", refunded_at=UNDONE) == undo
    assert undo_refund(refund=refund, refund_no="U1") == undo
    for other in ({"refunded_at": UNDONE + timedelta(seconds=1)}, {"refund_no": "R1"}):
        with pytest.raises(RefundRefused, match="another line, quantity, amount or time"):
            undo_refund(**({"refund": refund, "refund_no": "U1"} | other))
    assert refunded(line) == Decimal("0.00")


def test_an_undo_is_not_undone(line, refund):
    undo = undo_refund(refund=refund, refunded_at=UNDONE)

    with pytest.raises(RefundRefused, match="return of a return"):
        undo_refund(refund=undo, refunded_at=UNDONE)
    assert refunded(line) == Decimal("0.00")


def test_a_refund_that_was_not_given_back(line):
    asked = request_refund(order_line=line, amount=Decimal("10.00"))

    with pytest.raises(RefundRefused):
        undo_refund(refund=asked)
    reject_refund(refund=asked)
    with pytest.raises(RefundRefused):
        undo_refund(refund=asked)
    assert Refund.objects.count() == 1


def test_not_before_it_was_given_back(line, refund):
    with pytest.raises(RefundRefused):
        undo_refund(refund=refund, refunded_at=GIVEN_BACK - timedelta(seconds=1))
    undo_refund(refund=refund, refunded_at=GIVEN_BACK)
    assert refunded(line) == Decimal("0.00")


def test_not_on_an_order_that_was_cancelled_after_payment(line, refund):
    close_order(order=line.order, actor=None)

    with pytest.raises(RefundRefused, match="cancelled after payment"):
        undo_refund(refund=refund)
    assert (refunded(line), Refund.objects.count()) == (Decimal("100.00"), 2)
