"""Many at once, on PostgreSQL: stock, refunds, forms sent twice, buttons pressed twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import Sum
from django_scopes import scope

from apps.core.errors import Refused
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.orders.services.refunds import (
    complete_refund,
    record_refund,
    request_refund,
    undo_refund,
)
from apps.orders.services.shop import place_shop_order
from apps.products.models import Sku, StockMovement, WarehouseStock
from apps.products.services.places import save_warehouse
from apps.products.services.stock import ensure_warehouse, transfer_stock
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory, SkuFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8


def at_once(merchant, action: Callable[[int], object]) -> list[object]:
    """What `action` returned in each of THREADS threads started together; None where refused."""
    start = Barrier(THREADS)

    def run(number: int) -> object:
        try:
            with scope(merchant=merchant):
                start.wait(timeout=30)
                return action(number)
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def place(merchant, seller, sku, key):
    return place_shop_order(
        merchant=merchant, distributor=seller, items={sku.pk: 1}, recipient_name="王芳",
        recipient_phone="13800000001", address="西湖区", request_key=key,
    )  # fmt: skip


def test_the_last_pieces_are_sold_once(merchant):
    seller, sku = DistributorFactory(), SkuFactory(stock=3)

    placed = at_once(merchant, lambda number: place(merchant, seller, sku, f"k{number}"))

    assert sum(order is not None for order in placed) == 3
    assert (Order.objects.count(), Sku.objects.get().stock) == (3, 0)


def test_the_last_fifty_pieces_in_two_warehouses_go_to_fifty_of_two_hundred(merchant):
    seller, sku = DistributorFactory(), SkuFactory(stock=50)
    second = save_warehouse(merchant=merchant, code="B", name="B", rank=2)
    main = ensure_warehouse(merchant=merchant)
    transfer_stock(sku=sku, source=main, target=second, quantity=20, request_key="t")
    placed = []

    def customers(thread):
        for number in range(thread * 25, thread * 25 + 25):
            try:
                placed.append(place(merchant, seller, sku, f"k{number}").pk)
            except Refused:
                continue

    at_once(merchant, customers)

    assert (len(set(placed)), Order.objects.count(), Sku.objects.get().stock) == (50, 50, 0)
    assert set(WarehouseStock.objects.values_list("quantity", flat=True)) == {0}
    sold = StockMovement.objects.filter(reason="sale").values("warehouse__code")
    assert dict(sold.annotate(sum=Sum("quantity")).values_list("warehouse__code", "sum")) == {
        "MAIN": -30,
        "B": -20,
    }


def test_an_order_is_cancelled_once_and_gives_back_once(merchant):
    seller, sku = DistributorFactory(), SkuFactory(stock=3)
    order = place(merchant, seller, sku, "k")

    at_once(merchant, lambda number: cancel_order(order=order, actor=None))

    assert (Sku.objects.get().stock, StockMovement.objects.count()) == (3, 3)


def test_a_form_sent_many_times_makes_one_order(merchant):
    seller, sku = DistributorFactory(), SkuFactory(stock=100)

    placed = at_once(merchant, lambda number: place(merchant, seller, sku, "same"))

    assert placed == [Order.objects.get()] * THREADS
    assert (OrderLine.objects.count(), Sku.objects.get().stock) == (1, 99)


def test_refunds_stop_at_what_was_paid(merchant):
    line = OrderLineFactory(unit_price=Decimal("100.00"))

    recorded = at_once(
        merchant, lambda number: record_refund(order_line=line, amount=Decimal("30.00"))
    )

    assert sum(refund is not None for refund in recorded) == 3
    assert OrderLine.objects.get().refunded_amount == Decimal("90.00")
    assert Refund.objects.count() == 3


def test_refunds_stop_at_the_pieces_bought(merchant):
    line = OrderLineFactory(unit_price=Decimal("100.00"), quantity=2)

    recorded = at_once(
        merchant, lambda number: record_refund(order_line=line, amount=Decimal("1"), quantity=1)
    )

    assert sum(refund is not None for refund in recorded) == 2
    assert OrderLine.objects.get().refunded_amount == Decimal("2.00")


def test_a_requested_refund_is_given_back_once(merchant):
    refund = request_refund(order_line=OrderLineFactory(), amount=Decimal("30.00"))

    given = at_once(merchant, lambda number: complete_refund(refund=refund))

    assert sum(each is not None for each in given) == 1
    assert OrderLine.objects.get().refunded_amount == Decimal("30.00")


def test_an_order_is_either_paid_or_cancelled(merchant):
    order = OrderFactory(pending=True)

    def step(number):
        action = confirm_payment if number % 2 else cancel_order
        return action(order=order, actor=None).status

    outcomes = [each for each in at_once(merchant, step) if each]

    assert len(outcomes) == 1
    assert [Order.objects.get().status] == outcomes


def test_a_refund_is_undone_once(merchant):
    line = OrderLineFactory(order=OrderFactory(), unit_price=Decimal("100.00"))
    refund = record_refund(order_line=line, amount=Decimal("60.00"))

    done = at_once(merchant, lambda number: undo_refund(refund=refund))

    assert sum(each is not None for each in done) == 1
    assert (OrderLine.objects.get().refunded_amount, Refund.objects.count()) == (0, 2)


def test_one_event_delivered_many_times_is_one_refund(merchant):
    line = OrderLineFactory(order=OrderFactory(), unit_price=Decimal("100.00"))

    done = at_once(
        merchant,
        lambda number: record_refund(order_line=line, amount=Decimal("60.00"), refund_no="R1"),
    )

    assert {each.pk for each in done} == {Refund.objects.get().pk}
    assert OrderLine.objects.get().refunded_amount == Decimal("60.00")


def test_two_hundred_customers_want_the_last_fifty_pieces(merchant):
    seller, sku = DistributorFactory(), SkuFactory(stock=50)

    def buy(number: int) -> bool:
        try:
            with scope(merchant=merchant):
                place_shop_order(
                    merchant=merchant, distributor=seller, items={sku.pk: 1},
                    recipient_name="王芳", recipient_phone=f"1380000{number:04d}",
                    address="西湖区", request_key=f"customer-{number}",
                )  # fmt: skip
        except Refused:
            return False
        finally:
            connection.close()
        return True

    # Forty connections at any moment: a small server gives no more.
    with ThreadPoolExecutor(40) as pool:
        bought = list(pool.map(buy, range(200)))

    assert (sum(bought), len(bought)) == (50, 200)
    assert (Order.objects.count(), OrderLine.objects.count()) == (50, 50)
    assert Sku.objects.get().stock == 0
