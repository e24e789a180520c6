"""Steps of an order: each once, in order, by whom."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.orders.models import Order
from apps.orders.services.progress import (
    StepRefused,
    cancel_order,
    complete_order,
    confirm_payment,
    ship_order,
)
from apps.orders.services.shop import place_shop_order
from tests.factories import (
    DistributorFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    UserFactory,
)

PAID_AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def actor(db):
    return UserFactory()


def stored(order):
    return Order.objects.values().get(pk=order.pk)


def test_the_whole_way(merchant, actor):
    order = OrderFactory(pending=True)

    confirm_payment(order=order, actor=actor, paid_at=PAID_AT)
    ship_order(order=order, actor=actor, tracking_number=" SF123 ")
    complete_order(order=order, actor=actor, completed_at=PAID_AT + timedelta(days=2))

    order.refresh_from_db()
    assert (order.status, order.paid_at) == ("completed", PAID_AT)
    assert order.payment_confirmed_by == actor
    assert (order.tracking_number, order.shipped_at is not None) == ("SF123", True)
    assert order.completed_at == PAID_AT + timedelta(days=2)


def test_a_paid_order_may_be_completed_without_a_parcel(merchant, actor):
    order = complete_order(order=OrderFactory(), actor=actor)

    assert (order.status, order.shipped_at) == ("completed", None)


STEPS = {
    "pay": confirm_payment,
    "ship": ship_order,
    "complete": complete_order,
    "cancel": cancel_order,
}
ALLOWED = {
    "pending": {"pay", "cancel"}, "paid": {"ship", "complete"}, "shipped": {"complete"},
    "completed": set(), "cancelled": set(),
}  # fmt: skip


@pytest.mark.parametrize("status", ALLOWED)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_starts_from_its_states_only(merchant, actor, status, step):
    paid_at = None if status in ("pending", "cancelled") else PAID_AT
    completed_at = PAID_AT if status == "completed" else None
    order = OrderFactory(status=status, paid_at=paid_at, completed_at=completed_at)
    before = stored(order)

    if step in ALLOWED[status]:
        STEPS[step](order=order, actor=actor)
        assert stored(order)["status"] != status
    else:
        with pytest.raises(StepRefused):
            STEPS[step](order=order, actor=actor)
        assert stored(order) == before


def test_a_second_click_is_refused_whatever_the_page_still_shows(merchant, actor):
    order = OrderFactory(pending=True)
    confirm_payment(order=order, actor=actor, paid_at=PAID_AT)
    assert order.status == "pending"

    with pytest.raises(StepRefused, match=order.order_no):
        confirm_payment(order=order, actor=UserFactory())

    assert stored(order)["paid_at"] == PAID_AT
    assert stored(order)["payment_confirmed_by_id"] == actor.pk


def test_a_completion_is_not_before_the_payment(merchant, actor):
    order = OrderFactory(placed_at=PAID_AT)

    with pytest.raises(StepRefused):
        complete_order(order=order, actor=actor, completed_at=PAID_AT - timedelta(seconds=1))

    assert stored(order)["status"] == "paid"


def test_a_parcel_number_that_is_too_long(merchant, actor):
    order = OrderFactory()

    with pytest.raises(StepRefused):
        ship_order(order=order, actor=actor, tracking_number="x" * 65)

    assert stored(order)["status"] == "paid"


def test_cancelling_a_shop_order_returns_its_goods_once(merchant, actor):
    sku = SkuFactory(stock=5, price=Decimal("1.00"))
    order = place_shop_order(
        merchant=merchant, distributor=DistributorFactory(), items={sku.pk: 3},
        recipient_name="王芳", recipient_phone="13800000001", address="西湖区", request_key="k",
    )  # fmt: skip

    cancel_order(order=order, actor=actor)
    with pytest.raises(StepRefused):
        cancel_order(order=order, actor=actor)

    sku.refresh_from_db()
    assert sku.stock == 5
    assert stored(order)["cancelled_at"] is not None


def test_cancelling_an_imported_order_returns_nothing(merchant, actor):
    sku = SkuFactory(stock=5)
    order = OrderFactory(pending=True)
    OrderLineFactory(order=order, sku=sku, quantity=3)

    cancel_order(order=order, actor=actor)

    sku.refresh_from_db()
    assert sku.stock == 5
