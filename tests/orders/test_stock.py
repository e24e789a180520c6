"""Goods leave stock with an order and come back to where they lay."""

from decimal import Decimal

import pytest

from apps.core.errors import Refused
from apps.orders.models import Order, OrderLine
from apps.orders.services.closing import close_order
from apps.orders.services.progress import cancel_order, confirm_payment, ship_order
from apps.orders.services.refunds import (
    complete_refund,
    record_refund,
    request_refund,
    undo_refund,
)
from apps.orders.services.shop import OrderRefused, place_shop_order
from apps.products.models import Sku, StockMovement, WarehouseStock
from apps.products.services.places import save_warehouse
from apps.products.services.stock import ensure_warehouse, transfer_stock
from tests.factories import (
    DistributorFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    StoreFactory,
)


@pytest.fixture
def sku(merchant):
    """Three pieces in the main warehouse, two in another."""
    sku = SkuFactory(price=Decimal("10.00"), stock=5)
    second = save_warehouse(merchant=merchant, code="B", name="B", rank=2)
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=second, quantity=2,
        request_key="t",
    )  # fmt: skip
    return sku


def place(sku, quantity=4):
    return place_shop_order(
        merchant=sku.merchant, distributor=DistributorFactory(), items={sku.pk: quantity},
        recipient_name="王芳", recipient_phone="13800000001", address="西湖区", request_key="k",
    )  # fmt: skip


def stock(sku):
    rows = WarehouseStock.objects.filter(sku=sku).order_by("warehouse__rank")
    return (Sku.objects.get(pk=sku.pk).stock, *rows.values_list("quantity", flat=True))


def reasons(order):
    rows = StockMovement.objects.filter(document=order.order_no).order_by("pk")
    return list(rows.values_list("reason", "quantity"))


def test_an_order_reserves_over_two_warehouses_and_a_cancelled_one_gives_back(sku):
    order = place(sku)
    assert stock(sku) == (1, 0, 1)
    assert reasons(order) == [("sale", -3), ("sale", -1)]
    cancel_order(order=order, actor=None)
    assert stock(sku) == (5, 3, 2)
    with pytest.raises(Refused):
        cancel_order(order=order, actor=None)
    assert stock(sku) == (5, 3, 2)


def test_more_than_there_is(sku):
    with pytest.raises(OrderRefused, match="not enough in stock"):
        place(sku, 6)
    assert (stock(sku), Order.objects.count()) == ((5, 3, 2), 0)


def test_what_only_a_store_has_is_picked_up_and_not_sent(merchant, sku):
    room = save_warehouse(
        merchant=merchant, code="S", name="S", kind="physical", rank=3,
        store=StoreFactory(),
    )  # fmt: skip
    transfer_stock(
        sku=sku, source=ensure_warehouse(merchant=merchant), target=room, quantity=3,
        request_key="s",
    )  # fmt: skip
    with pytest.raises(OrderRefused, match="pick it up where it is, or order fewer"):
        place(sku, 3)
    with pytest.raises(OrderRefused, match="not enough in stock"):
        place(sku, 6)
    assert (stock(sku), Order.objects.count()) == ((5, 0, 2, 3), 0)


class TestRefunds:
    @pytest.fixture
    def line(self, sku):
        order = confirm_payment(order=place(sku), actor=None)
        return OrderLine.objects.get(order=order)

    def test_goods_stay_away_unless_somebody_says_they_came_back(self, sku, line):
        record_refund(order_line=line, amount=Decimal("10"), quantity=1)
        assert stock(sku) == (1, 0, 1)

    def test_goods_that_came_back(self, sku, line):
        refund = record_refund(order_line=line, amount=Decimal("20"), quantity=2, restock=True)
        assert stock(sku) == (3, 2, 1)
        undo_refund(refund=refund)
        assert stock(sku) == (1, 0, 1)
        assert reasons(line.order)[2:] == [("return", 2), ("undone", -2)]

    def test_the_same_event_again_moves_nothing(self, sku, line):
        for _again in range(2):
            record_refund(
                order_line=line, amount=Decimal("20"), quantity=2, restock=True, refund_no="R1"
            )
        assert stock(sku) == (3, 2, 1)

    def test_a_requested_refund(self, sku, line):
        refund = request_refund(order_line=line, amount=Decimal("40"), quantity=4)
        complete_refund(refund=refund, restock=True)
        assert stock(sku) == (5, 3, 2)

    def test_pieces_must_be_named(self, sku, line):
        with pytest.raises(Refused, match="how many pieces"):
            record_refund(order_line=line, amount=Decimal("10"), restock=True)
        assert (stock(sku), line.refunds.count()) == ((1, 0, 1), 0)

    def test_a_return_cannot_be_undone_when_the_goods_are_sold(self, sku, line):
        refund = record_refund(order_line=line, amount=Decimal("20"), quantity=2, restock=True)
        place_shop_order(
            merchant=sku.merchant, distributor=DistributorFactory(), items={sku.pk: 3},
            recipient_name="李", recipient_phone="13800000002", address="x", request_key="k2",
        )  # fmt: skip
        with pytest.raises(Refused, match="not enough in stock"):
            undo_refund(refund=refund)
        assert (stock(sku), line.refunds.count()) == ((0, 0, 0), 1)

    def test_closing_gives_back_what_no_refund_gave_back(self, sku, line):
        record_refund(order_line=line, amount=Decimal("10"), quantity=1, restock=True)
        close_order(order=line.order, actor=None)
        assert stock(sku) == (5, 3, 2)

    def test_goods_under_way_stay_away(self, sku, line):
        ship_order(order=line.order, actor=None)
        close_order(order=line.order, actor=None)
        assert stock(sku) == (1, 0, 1)


def test_an_order_older_than_the_ledger_gives_back_to_the_main_warehouse(merchant, sku):
    order = OrderFactory(source=Order.Source.SHOP, pending=True)
    OrderLineFactory(order=order, sku=sku, quantity=2)
    cancel_order(order=order, actor=None)
    assert stock(sku) == (7, 5, 2)


def test_imported_orders_never_touch_stock(merchant, sku):
    line = OrderLineFactory(order=OrderFactory(), sku=sku, quantity=2)
    record_refund(order_line=line, amount=Decimal("10"), quantity=1, restock=True)
    assert stock(sku) == (5, 3, 2)
