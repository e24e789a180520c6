"""Who brought an order, decided at checkout: a code, then a binding, then the last click."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import Binding, BindingAttempt, BindingPolicy, Customer
from apps.distributors.services.binding import bind_by_hand
from apps.orders.models import Order
from apps.orders.services.progress import confirm_payment
from apps.orders.services.shop import OrderRefused
from apps.promotion.models import Attribution, Click
from apps.promotion.services.checkout import check_out
from apps.promotion.services.clicks import Visit, record_click
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    SkuFactory,
)

DAY = timedelta(days=1)
BUYER = "+8613900001111"
PLAN = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}


def set_policy(merchant, **values):
    return BindingPolicy.objects.create(
        merchant=merchant, version=3, effective_from=timezone.now() - 100 * DAY,
        **{"rule": "first_touch", "bind_on": "registration", "click_window_days": 10, **values},
    )  # fmt: skip


@pytest.fixture
def policy(merchant):
    return set_policy(merchant)


@pytest.fixture
def shop(merchant):
    return DistributorFactory()


@pytest.fixture
def other(merchant):
    return DistributorFactory()


@pytest.fixture
def sku(merchant):
    return SkuFactory()


def buy(shop, sku, code="", visitor="", phone=BUYER, key=None, quantity=1):
    return check_out(
        merchant=shop.merchant, shop=shop, visitor=visitor, code=code, items={sku.pk: quantity},
        recipient_name="王芳", recipient_phone=phone, address="西湖区",
        request_key=key or uuid.uuid4().hex,
    )  # fmt: skip


def click(distributor, ago=DAY, visitor="v"):
    return record_click(
        distributor=distributor,
        visit=Visit(visitor, "phone"),
        target="/",
        at=timezone.now() - ago,
    )


def decided(order):
    return order.distributor, order.brought_how, order.brought_evidence


class TestOrderOfPrecedence:
    def test_without_anything_it_is_the_shops(self, policy, shop, sku):
        order = buy(shop, sku)

        assert decided(order) == (shop, "", {"shop": shop.code, "policy": 3})
        assert order.shop == shop
        bound = Binding.objects.get()
        assert (bound.distributor, bound.way) == (shop, "registration")

    def test_the_last_click_wins_over_the_shop(self, policy, shop, other, sku):
        click(shop, 2 * DAY)
        last = click(other)

        order = buy(shop, sku, visitor="v")

        assert decided(order) == (
            other,
            "click",
            {"click": last.pk, "shop": shop.code, "policy": 3},
        )
        assert order.shop == shop
        assert list(Click.objects.filter(is_deciding=True)) == [last]

    def test_a_binding_wins_over_the_last_click(self, policy, shop, other, sku):
        customer = CustomerFactory(identifier=BUYER)
        bound = bind_by_hand(customer=customer, distributor=other, reason="x", actor=None)
        click(shop)

        order = buy(shop, sku, visitor="v")

        evidence = {"binding": bound.pk, "shop": shop.code, "policy": 3}
        assert decided(order) == (other, "binding", evidence)

    def test_a_code_wins_over_a_binding_and_poaches_nobody(self, policy, shop, other, sku):
        customer = CustomerFactory(identifier=BUYER)
        bind_by_hand(customer=customer, distributor=other, reason="x", actor=None)
        named = DistributorFactory(code="TEA-9")

        order = buy(shop, sku, code=" TEA-9 ")

        evidence = {"code": "TEA-9", "shop": shop.code, "policy": 3}
        assert decided(order) == (named, "code", evidence)
        assert Binding.objects.get().distributor == other
        attempt = BindingAttempt.objects.get()
        assert (attempt.distributor, attempt.way) == (named, "code")

    def test_a_shop_code_is_an_invite_code_in_any_case(self, policy, shop, other, sku):
        assert buy(shop, sku, code=other.shop_code.upper()).distributor == other

    def test_a_bound_person_who_left_for_good_is_passed_over(self, policy, shop, other, sku):
        customer = CustomerFactory(identifier=BUYER)
        bind_by_hand(customer=customer, distributor=other, reason="x", actor=None)
        type(other).objects.filter(pk=other.pk).update(status="terminated")

        assert decided(buy(shop, sku))[:2] == (shop, "")

    def test_the_click_before_the_order_binds_where_the_policy_says_so(
        self, merchant, shop, other, sku
    ):
        set_policy(merchant, bind_on="click")
        first = click(other, 2 * DAY)
        click(shop)

        order = buy(shop, sku, visitor="v")

        assert decided(order)[:2] == (other, "binding")
        assert Binding.objects.get().starts_at == first.at
        assert BindingAttempt.objects.get().distributor == shop


class TestWithoutBinding:
    @pytest.mark.parametrize("is_chosen", [True, False])
    def test_the_order_is_the_shops_whatever_else_there_is(
        self, merchant, shop, other, sku, is_chosen
    ):
        if is_chosen:
            set_policy(merchant, rule="off")
        customer = CustomerFactory(identifier=BUYER)
        bind_by_hand(customer=customer, distributor=other, reason="x", actor=None)
        click(other)

        assert decided(buy(shop, sku, visitor="v")) == (shop, "", None)
        assert Click.objects.get().customer == customer

    def test_a_typed_code_counts_all_the_same(self, shop, other, sku):
        assert decided(buy(shop, sku, code=other.code))[:2] == (other, "code")
        assert Binding.objects.count() == 0


class TestOrderMoment:
    def test_the_first_paid_order_binds_and_an_unpaid_one_does_not(self, merchant, shop, sku):
        set_policy(merchant, bind_on="order")
        order = buy(shop, sku)
        assert Binding.objects.count() == 0

        paid = confirm_payment(order=order, actor=None)

        bound = Binding.objects.get()
        assert (bound.distributor, bound.way, bound.starts_at) == (shop, "order", paid.paid_at)
        assert bound.evidence == {"order": order.order_no}

    def test_a_code_stays_the_way_it_came_about(self, merchant, shop, other, sku):
        set_policy(merchant, bind_on="order")
        confirm_payment(order=buy(shop, sku, code=other.code), actor=None)
        assert Binding.objects.get().way == "code"


class TestRefusals:
    @pytest.mark.parametrize("code", ["nobody", "x\x00", "ABCDEFGHJK"])
    def test_an_unknown_code_changes_nothing(self, policy, shop, sku, code):
        with pytest.raises(OrderRefused, match="not known here"):
            buy(shop, sku, code=code)
        assert (Order.objects.count(), Customer.objects.count()) == (0, 0)

    def test_another_merchants_code_is_as_unknown(self, policy, shop, sku):
        with scope(merchant=MerchantFactory()):
            stranger = DistributorFactory(code="THEIRS")
        for code in (stranger.code, stranger.shop_code):
            with pytest.raises(OrderRefused, match="not known here"):
                buy(shop, sku, code=code)

    def test_goods_not_in_stock_leave_the_clicks_alone(self, policy, shop, sku):
        click(shop)
        with pytest.raises(OrderRefused):
            buy(shop, SkuFactory(stock=0), visitor="v")
        assert Click.objects.get().customer is None
        assert Binding.objects.count() == 0

    def test_a_second_press_is_the_same_order(self, policy, shop, other, sku):
        click(other)
        first = buy(shop, sku, visitor="v", key="k")
        assert buy(shop, sku, visitor="v", key="k") == first
        assert Order.objects.count() == 1


def test_attribution_keeps_how_and_on_what_evidence(policy, merchant, shop, other, sku):
    activate_plan(
        plan=draft_plan(merchant=merchant, content=PLAN),
        effective_from=timezone.now() - DAY,
        acknowledged_by="x",
    )
    last = click(other)
    confirm_payment(order=buy(shop, sku, visitor="v"), actor=None)

    run_due(merchant=merchant)

    attribution = Attribution.objects.get()
    assert (attribution.distributor, attribution.method) == (other, "click")
    assert attribution.evidence == {"click": last.pk, "shop": shop.code, "policy": 3}
    assert attribution.number == 1


def test_through_the_pages_from_click_to_the_order_in_the_shop_it_was_placed_in(
    policy, shop, other, sku
):
    client = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Mobile Safari/604"})
    client.get(reverse("shop:home", args=[other.shop_code]))
    data = {
        "sku": sku.pk, "quantity": 1, "recipient_name": "王芳", "recipient_phone": BUYER,
        "province": "330000", "city": "330100", "district": "330106", "address": "1 号",
        "shown": sku.price, "request_key": uuid.uuid4(),
    }  # fmt: skip
    answer = client.post(reverse("shop:checkout", args=[shop.shop_code]), data)

    order = Order.objects.get()
    assert (order.distributor, order.brought_how) == (other, "click")
    assert answer.url == reverse("shop:order", args=[shop.shop_code, order.order_no])
    assert client.get(answer.url).status_code == 200
    elsewhere = reverse("shop:order", args=[other.shop_code, order.order_no])
    assert client.get(elsewhere).status_code == 404


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_checkouts_at_once_bind_a_customer_once(merchant):
    set_policy(merchant, rule="first_touch")
    sku, people = SkuFactory(), [DistributorFactory() for _ in range(8)]
    start = Barrier(len(people))

    def run(person):
        try:
            with scope(merchant=merchant):
                start.wait(timeout=30)
                return buy(person, sku).distributor_id
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        brought = list(pool.map(run, people))

    bound = Binding.objects.get()
    assert Order.objects.count() == 8
    # One was first; everybody else found the customer bound, whatever shop they were in.
    assert set(brought) == {bound.distributor_id}
    assert BindingAttempt.objects.count() == 0
