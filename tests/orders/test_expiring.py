"""What happens to orders by itself."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.orders.models import Order
from apps.orders.services.customers import claim_payment
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.expiring import (
    await_payment,
    cancel_unpaid_orders,
    complete_delivered_orders,
    stop_awaiting,
)
from apps.orders.services.progress import StepRefused, confirm_payment, lock_order, ship_order
from apps.orders.services.refunds import request_refund
from apps.orders.services.shop import place_shop_order
from apps.products.models import Sku
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, SkuFactory


@pytest.fixture
def sku(merchant):
    return SkuFactory(stock=10)


def place(merchant, sku, key="key", quantity=2):
    return place_shop_order(
        merchant=merchant,
        distributor=DistributorFactory(),
        items={sku.pk: quantity},
        recipient_name="Li",
        recipient_phone="13900000001",
        address="Somewhere 1",
        request_key=key,
    )


def age(order, **ago):
    for name, passed in ago.items():
        Order.objects.filter(pk=order.pk).update(**{name: timezone.now() - passed})


def cancel_now(merchant):
    return sum(cancel_unpaid_orders(merchant=merchant, as_of=timezone.now()))


class TestUnpaid:
    def test_it_ends_after_the_minutes_and_its_goods_go_back(self, merchant, sku):
        late, fresh = place(merchant, sku, "a"), place(merchant, sku, "b")
        age(late, placed_at=timedelta(minutes=30))
        age(fresh, placed_at=timedelta(minutes=29))

        assert cancel_now(merchant) == 1
        assert cancel_now(merchant) == 0

        late.refresh_from_db()
        fresh.refresh_from_db()
        assert (late.status, fresh.status) == ("cancelled", "pending")
        assert late.cancelled_at is not None
        assert Sku.objects.get().stock == 8

    def test_paid_claimed_and_imported_orders_stay(self, merchant, sku):
        paid, claimed = place(merchant, sku, "a"), place(merchant, sku, "b")
        confirm_payment(order=paid, actor=None)
        claim_payment(order=claimed)
        for order in (paid, claimed):
            age(order, placed_at=timedelta(days=3))
        OrderFactory(pending=True, placed_at=timezone.now() - timedelta(days=3))

        assert cancel_now(merchant) == 0

    def test_one_whose_payment_is_awaited_stays_until_then(self, merchant, sku):
        order = place(merchant, sku)
        age(order, placed_at=timedelta(hours=1))
        order = lock_order(order)
        until = timezone.now() + timedelta(minutes=5)
        await_payment(order=order, until=until)
        # A later moment stays.
        await_payment(order=order, until=until - timedelta(minutes=4))

        assert cancel_now(merchant) == 0
        before, then = until - timedelta(seconds=1), until
        assert sum(cancel_unpaid_orders(merchant=merchant, as_of=before)) == 0
        assert sum(cancel_unpaid_orders(merchant=merchant, as_of=then)) == 1

    def test_one_whose_payment_is_not_awaited_any_more_ends(self, merchant, sku):
        order = place(merchant, sku)
        age(order, placed_at=timedelta(hours=1))
        await_payment(order=lock_order(order), until=timezone.now() + timedelta(minutes=5))
        stop_awaiting(order=lock_order(order))

        assert cancel_now(merchant) == 1

    def test_a_merchant_may_keep_them_for_ever(self, merchant, sku):
        save_shop_settings(merchant=merchant, unpaid_minutes=None)
        age(place(merchant, sku), placed_at=timedelta(days=300))

        assert cancel_now(merchant) == 0

    def test_an_earlier_moment_and_another_merchant_end_nothing(self, merchant, sku):
        order = place(merchant, sku)
        age(order, placed_at=timedelta(minutes=40))
        before = timezone.now() - timedelta(minutes=20)
        other = MerchantFactory()

        assert sum(cancel_unpaid_orders(merchant=merchant, as_of=before)) == 0
        with scope(merchant=other):
            assert cancel_now(other) == 0

        order.refresh_from_db()
        assert order.status == "pending"

    def test_a_moment_ahead_does_not_end_what_may_still_be_paid(self, merchant, sku):
        order = place(merchant, sku)

        counts = run_due(merchant=merchant, as_of=timezone.now() + timedelta(days=1))

        assert "cancelled" not in counts
        order.refresh_from_db()
        assert order.status == "pending"

    def test_the_stages_count_what_they_ended(self, merchant, sku):
        age(place(merchant, sku), placed_at=timedelta(hours=1))

        assert run_due(merchant=merchant)["cancelled"] == 1


class TestDelivered:
    @pytest.fixture
    def shipped(self, merchant, sku):
        order = place(merchant, sku)
        confirm_payment(order=order, actor=None)
        ship_order(order=order, actor=None)
        age(order, placed_at=timedelta(days=12), paid_at=timedelta(days=12))
        return order

    def complete(self, merchant):
        return sum(complete_delivered_orders(merchant=merchant, as_of=timezone.now()))

    def test_it_is_completed_when_the_days_are_over_and_at_that_moment(self, merchant, shipped):
        age(shipped, shipped_at=timedelta(days=10, minutes=1))

        assert self.complete(merchant) == 1
        assert self.complete(merchant) == 0

        shipped.refresh_from_db()
        assert shipped.status == "completed"
        assert shipped.completed_at == shipped.shipped_at + timedelta(days=10)

    def test_not_a_minute_early_and_not_without_days(self, merchant, shipped):
        age(shipped, shipped_at=timedelta(days=9, hours=23, minutes=59))
        assert self.complete(merchant) == 0

        age(shipped, shipped_at=timedelta(days=11))
        save_shop_settings(merchant=merchant, complete_days=None)
        assert self.complete(merchant) == 0

    def test_an_open_refund_is_waited_for(self, merchant, shipped):
        age(shipped, shipped_at=timedelta(days=11))
        request_refund(order_line=shipped.lines.get(), amount=1)

        assert self.complete(merchant) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_paid_and_ended_at_once_it_is_one_of_both():
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        sku = SkuFactory(stock=40)
        orders = [place(merchant, sku, f"key-{number}", 1) for number in range(20)]
        Order.objects.update(placed_at=timezone.now() - timedelta(hours=1))
    start, paid = threading.Barrier(2), []

    def pay():
        with scope(merchant=merchant):
            start.wait()
            for order in reversed(orders):
                try:
                    confirm_payment(order=order, actor=None)
                except StepRefused:
                    continue
                paid.append(order.pk)
        connection.close()

    def end():
        with scope(merchant=merchant):
            start.wait()
            while sum(cancel_unpaid_orders(merchant=merchant, as_of=timezone.now())):
                pass
        connection.close()

    threads = [threading.Thread(target=work) for work in (pay, end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with scope(merchant=merchant):
        by_status = dict(Order.objects.values_list("pk", "status"))
        ended = [pk for pk, status in by_status.items() if status == "cancelled"]
        assert sorted(pk for pk, status in by_status.items() if status == "paid") == sorted(paid)
        assert len(paid) + len(ended) == 20
        # Twenty were taken; what ended was put back, once.
        assert Sku.objects.get().stock == 20 + len(ended)
