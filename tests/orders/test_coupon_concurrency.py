"""Everybody at once, on PostgreSQL: a coupon is never used more often than it may be."""

from collections import Counter
from decimal import Decimal

import pytest
from django_scopes import scope

from apps.insights.selectors.reconcile import reconcile
from apps.orders.models import Coupon, CouponUse, Order
from apps.orders.services.coupon_terms import stop_coupon
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.orders.services.refusals import CouponRefused
from apps.products.models import Sku
from tests.factories import CustomerFactory, DistributorFactory, MerchantFactory, SkuFactory
from tests.orders.coupon_shop import buy, make_coupon
from tests.payouts.test_concurrency import at_once, succeeded

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def shop(merchant):
    return DistributorFactory()


@pytest.fixture(autouse=True)
def known(merchant):
    """Whoever buys here is known: making a customer would be a lock of its own."""
    for number in range(20):
        CustomerFactory(identifier=f"+86139000011{number:02d}")


@pytest.fixture
def sku(merchant):
    return SkuFactory(price=Decimal("88.80"), stock=100)


def ordering(shop, sku, number: int, **values):
    """One customer's call; a phone each, unless said otherwise."""
    usual = {"phone": f"139000011{number:02d}", "request_key": f"once-{number}"}
    return lambda: buy(shop, {sku: 1}, "TEA-20", **(usual | values))


def refused(results) -> int:
    assert all(isinstance(each, (Order, CouponRefused)) for each in results)
    return len(results) - len(succeeded(results))


def check_books(merchant, uses: int, stock: int) -> None:
    assert Coupon.objects.get().used == uses
    assert CouponUse.objects.filter(returned_at=None).count() == uses
    assert Sku.objects.get().stock == stock
    assert list(reconcile(merchant=merchant)) == []


def test_the_last_uses_go_to_as_many_customers(merchant, shop, sku):
    make_coupon(merchant, total_uses=5)

    results = at_once(merchant, [ordering(shop, sku, number) for number in range(16)])

    assert refused(results) == 11
    assert Order.objects.count() == 5
    check_books(merchant, uses=5, stock=95)


def test_one_customer_uses_it_once_on_all_their_phones(merchant, shop, sku):
    make_coupon(merchant)
    calls = [ordering(shop, sku, number, phone="13900001111") for number in range(12)]

    assert refused(at_once(merchant, calls)) == 11
    check_books(merchant, uses=1, stock=99)


def test_a_first_order_is_one(merchant, shop, sku):
    make_coupon(merchant, first_order_only=True, uses_per_customer=None)
    calls = [ordering(shop, sku, number, phone="13900001111") for number in range(8)]

    assert refused(at_once(merchant, calls)) == 7
    check_books(merchant, uses=1, stock=99)


def test_two_coupons_for_a_first_order_are_one_first_order(merchant, shop, sku):
    make_coupon(merchant, first_order_only=True)
    make_coupon(merchant, "TEA-30", first_order_only=True)
    calls = [
        lambda code=code, n=n: buy(shop, {sku: 1}, code, request_key=f"{code}-{n}")
        for n in range(4)
        for code in ("TEA-20", "TEA-30")
    ]

    assert refused(at_once(merchant, calls)) == 7
    assert CouponUse.objects.count() == Order.objects.count() == 1


def test_one_form_pressed_many_times_is_one_use(merchant, shop, sku):
    make_coupon(merchant, total_uses=1)
    calls = [ordering(shop, sku, 0)] * 8

    results = at_once(merchant, calls)

    assert len({each.pk for each in succeeded(results)}) == 1
    assert refused(results) == 0
    check_books(merchant, uses=1, stock=99)


@pytest.mark.parametrize("turn", range(4))
def test_a_use_given_back_is_taken_by_one(merchant, shop, sku, turn):
    """The only use is given back while six want it: it is used once, or the order stood longer."""
    make_coupon(merchant, total_uses=1)
    first = ordering(shop, sku, 0)()
    calls = [ordering(shop, sku, number) for number in range(1, 7)]
    calls.insert(turn, lambda: cancel_order(order=first, actor=None))

    results = at_once(merchant, calls)

    placed = [each for each in succeeded(results) if each.pk != first.pk]
    assert len(placed) <= 1
    check_books(merchant, uses=len(placed), stock=100 - len(placed))


@pytest.mark.parametrize("turn", range(4))
def test_paid_and_cancelled_at_once_the_use_follows_the_order(merchant, shop, sku, turn):
    make_coupon(merchant)
    order = ordering(shop, sku, 0)()
    calls = [
        lambda: confirm_payment(order=order, actor=None),
        lambda: cancel_order(order=order, actor=None),
        ordering(shop, sku, 1),
    ]
    at_once(merchant, calls[turn % 3 :] + calls[: turn % 3])

    order.refresh_from_db()
    stands = order.status == "paid"
    assert order.status in ("paid", "cancelled")
    check_books(merchant, uses=1 + stands, stock=99 - stands)


def test_stopped_while_it_is_used(merchant, shop, sku):
    coupon = make_coupon(merchant)
    calls = [ordering(shop, sku, number) for number in range(6)]
    calls.insert(3, lambda: stop_coupon(coupon=coupon))

    results = at_once(merchant, calls)

    kinds = Counter(type(each).__name__ for each in results)
    assert kinds["Coupon"] == 1
    check_books(merchant, uses=kinds["Order"], stock=100 - kinds["Order"])
