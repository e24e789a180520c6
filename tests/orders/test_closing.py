"""Cancelling after payment: everything given back, history kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.orders.models import Refund
from apps.orders.services.closing import close_order
from apps.orders.services.progress import StepRefused, ship_order
from apps.orders.services.refunds import RefundRefused, record_refund, request_refund
from tests.factories import OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(merchant):
    order = OrderFactory(source="shop")
    OrderLineFactory(order=order, line_no=1, unit_price=Decimal("100.00"))
    OrderLineFactory(order=order, line_no=2, unit_price=Decimal("40.00"), quantity=2)
    return order


def test_whatever_is_left_of_each_line_is_given_back(order):
    first, second = order.lines.order_by("line_no")
    record_refund(order_line=first, amount=Decimal("30.00"))
    asked = request_refund(order_line=second, amount=Decimal("5.00"))
    stock = [line.sku.stock for line in (first, second)]

    closed = close_order(order=order, actor=None)

    assert closed.status == "closed"
    assert closed.paid_at == order.paid_at
    given = Refund.objects.filter(status="refunded").order_by("order_line__line_no", "pk")
    assert list(given.values_list("order_line__line_no", "amount")) == [
        (1, Decimal("30.00")),
        (1, Decimal("70.00")),
        (2, Decimal("80.00")),
    ]
    asked.refresh_from_db()
    assert asked.status == "rejected"
    for line, before, back in zip((first, second), stock, (1, 2), strict=True):
        line.sku.refresh_from_db()
        assert line.sku.stock == before + back


def test_goods_under_way_do_not_come_back_into_stock_by_themselves(order):
    line = order.lines.get(line_no=1)
    ship_order(order=order, actor=None)
    close_order(order=order, actor=None)
    before = line.sku.stock
    line.sku.refresh_from_db()
    assert line.sku.stock == before


def test_only_once(order):
    close_order(order=order, actor=None)
    with pytest.raises(StepRefused):
        close_order(order=order, actor=None)
    assert Refund.objects.count() == 2


def test_a_completed_order_is_refunded_line_by_line_instead(merchant):
    order = OrderFactory(completed=True)
    OrderLineFactory(order=order)
    with pytest.raises(StepRefused):
        close_order(order=order, actor=None)
    assert Refund.objects.count() == 0


def test_not_before_it_was_paid(order):
    with pytest.raises(RefundRefused):
        close_order(order=order, actor=None, closed_at=order.paid_at - timedelta(seconds=1))
    order.refresh_from_db()
    assert order.status == "paid"
    assert Refund.objects.count() == 0
    assert close_order(order=order, actor=None, closed_at=timezone.now()).status == "closed"
