"""Several goods at once: cart, regions, shipping, pickup, and totals that change meanwhile."""

import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import CartLine, Order, SavedAddress
from apps.orders.services.delivery import save_shop_settings
from apps.products.models import Product, Sku
from apps.products.services.stock import set_total_stock
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    SkuFactory,
    StoreFactory,
    UserFactory,
)
from tests.shop.buying import CONTACT, checkout_address, place


def cart_address(shop):
    return reverse("shop:cart", args=[shop.shop_code])


def add(client, shop, sku, quantity=1):
    data = {"sku": sku.pk, "quantity": quantity}
    return client.post(reverse("shop:add_to_cart", args=[shop.shop_code]), data)


def page_of(client, path, /, **query):
    return client.get(path, query, headers={"accept-language": "en"})


def order_cart(client, shop, **changes):
    """Send the form as the page of the cart's checkout showed it."""
    shown = page_of(client, checkout_address(shop))
    data = CONTACT | {
        "basket": shown.context["basket"].text,
        "shown": shown.context["quote"].total,
        "request_key": uuid.uuid4(),
    }
    return client.post(checkout_address(shop), data | changes, headers={"accept-language": "en"})


class TestCart:
    def test_it_is_the_visitors_alone(self, client, shop, sku):
        assert add(client, shop, sku, 2).url == cart_address(shop)

        assert [
            item.line.quantity for item in page_of(client, cart_address(shop)).context["items"]
        ] == [2]
        assert page_of(Client(), cart_address(shop)).context["items"] == []
        line = CartLine.objects.get()
        change = reverse("shop:change_cart", args=[shop.shop_code, line.pk])
        assert Client().post(change, {"remove": "1"}).status_code == 404
        other = DistributorFactory()
        elsewhere = reverse("shop:change_cart", args=[other.shop_code, line.pk])
        assert client.post(elsewhere, {"remove": "1"}).status_code == 404
        assert CartLine.objects.count() == 1

    def test_change_and_take_out(self, client, shop, sku):
        add(client, shop, sku)
        change = reverse("shop:change_cart", args=[shop.shop_code, CartLine.objects.get().pk])

        client.post(change, {"quantity": "4"})
        assert CartLine.objects.get().quantity == 4
        for wrong in ("6", "0", "many", ""):
            client.post(change, {"quantity": wrong})
            assert CartLine.objects.get().quantity == 4
        client.post(change, {"remove": "1"})
        assert not CartLine.objects.exists()

    def test_it_says_what_has_changed(self, client, shop, sku):
        short, gone = SkuFactory(stock=9), SkuFactory()
        for each in (sku, short, gone):
            add(client, shop, each, 3)
        Sku.objects.filter(pk=sku.pk).update(price=Decimal("140.00"))
        set_total_stock(merchant=shop.merchant, totals={short.pk: 2})
        Product.objects.filter(pk=gone.product_id).update(is_listed=False)

        page = page_of(client, cart_address(shop))

        html = " ".join(page.content.decode().split())
        assert "It was ¥138.00 when you put it in, now it is ¥140.00." in html
        assert "Only 2 left: please order fewer." in html
        assert "No longer for sale: please take it out." in html
        assert page.context["can_order"] is False
        assert page.context["total"] == Decimal("420.00")
        assert client.get(checkout_address(shop)).url == cart_address(shop)

    def test_an_empty_cart_has_nothing_to_check_out(self, client, shop):
        assert client.get(checkout_address(shop)).url == cart_address(shop)

    def test_a_sku_of_another_merchant_is_not_found(self, client, shop):
        with scope(merchant=MerchantFactory()):
            foreign = SkuFactory()

        assert add(client, shop, foreign).status_code == 404
        assert add(client, shop, SkuFactory(product__is_listed=False)).status_code == 404

    def test_signing_in_keeps_it(self, client, shop, sku):
        add(client, shop, sku, 2)
        user = UserFactory()
        client.force_login(user)

        page_of(client, cart_address(shop))

        assert CartLine.objects.get().owner == f"user-{user.pk}"
        phone = Client()
        phone.force_login(user)
        assert len(page_of(phone, cart_address(shop)).context["items"]) == 1

    @pytest.mark.parametrize("count", [1, 20])
    def test_query_count(self, client, shop, count, django_assert_num_queries):
        for each in SkuFactory.create_batch(count):
            add(client, shop, each)

        # Session, shop, lines, what is on sale, campaigns, stock, pieces, joining.
        with django_assert_num_queries(8):
            assert len(page_of(client, cart_address(shop)).context["items"]) == count


class TestOrderingACart:
    def test_all_lines_become_one_order_and_leave_the_cart(self, client, shop, sku):
        other = SkuFactory(price=Decimal("50.00"))
        add(client, shop, sku, 2)
        add(client, shop, other)

        response = order_cart(client, shop)

        order = Order.objects.get()
        assert response.url == reverse("shop:order", args=[shop.shop_code, order.order_no])
        assert {(line.sku, line.quantity) for line in order.lines.all()} == {(sku, 2), (other, 1)}
        assert not CartLine.objects.exists()

    def test_pressed_twice_it_is_one_order(self, client, shop, sku):
        add(client, shop, sku, 5)
        key = uuid.uuid4()
        first = order_cart(client, shop, request_key=key)
        second = client.post(checkout_address(shop), CONTACT | {"request_key": key})

        assert first.url == second.url
        assert Order.objects.count() == 1

    def test_a_key_is_no_way_to_somebody_elses_order(self, client, shop, sku):
        key = uuid.uuid4()
        place(client, shop, sku, key=key)

        response = place(Client(), shop, sku, key=key, recipient_phone="13900002222")

        assert response.status_code == 200
        assert len(response.context["form"].non_field_errors()) == 1

    def test_a_cart_that_changed_in_another_window_is_shown_again(self, client, shop, sku):
        add(client, shop, sku)
        shown = page_of(client, checkout_address(shop)).context["basket"].text
        add(client, shop, sku)

        response = order_cart(client, shop, basket=shown)

        assert "Your cart has changed" in response.content.decode()
        assert not Order.objects.exists()


class TestTotals:
    def test_a_price_that_changed_is_shown_and_ordered_only_when_pressed_again(
        self, client, shop, sku
    ):
        Sku.objects.filter(pk=sku.pk).update(price=Decimal("150.00"))

        response = place(client, shop, sku, 2, shown="276.00")

        html = response.content.decode()
        assert response.status_code == 200
        assert "¥300.00" in html
        assert "¥276.00" in html
        assert not Order.objects.exists()
        sku.refresh_from_db()
        assert sku.stock == 5
        assert place(client, shop, sku, 2, shown=response.context["quote"].total).status_code == 302
        assert Order.objects.get().lines.get().paid_amount == Decimal("300.00")

    @pytest.mark.parametrize("shown", ["", "0.01", "-1", "nonsense", "1e400"])
    def test_a_form_that_was_tampered_with_orders_nothing(self, client, shop, sku, shown):
        assert place(client, shop, sku, shown=shown).status_code == 200
        assert not Order.objects.exists()

    def test_without_a_script_the_shipping_is_shown_before_it_is_ordered(self, client, shop, sku):
        save_shop_settings(
            merchant=shop.merchant,
            shipping_fee=Decimal("8.00"),
            surcharges={"新疆维吾尔自治区": Decimal("12.00")},
        )
        page = page_of(client, checkout_address(shop), sku=sku.pk, quantity=1)
        assert page.context["quote"].shipping is None

        first = place(client, shop, sku, shown=page.context["quote"].total)
        assert first.context["quote"].shipping == Decimal("8.00")
        assert not Order.objects.exists()
        place(client, shop, sku, shown=first.context["quote"].total)

        order = Order.objects.get()
        assert order.shipping_amount == Decimal("8.00")
        assert order.lines.get().paid_amount == Decimal("138.00")

    def test_refreshing_orders_nothing_and_offers_what_lies_below(self, client, shop, sku):
        response = place(
            client, shop, sku, refresh="1", province="330000", city="", district="", address=""
        )

        form = response.context["form"]
        assert not Order.objects.exists()
        assert [field.name for field in form.region_fields] == ["province", "city"]
        assert not form.errors

    def test_where_nothing_is_delivered_the_page_says_so(self, client, shop, sku):
        save_shop_settings(merchant=shop.merchant, surcharges={"香港特别行政区": None})

        response = place(client, shop, sku, province="810000", city="", district="")

        assert response.status_code == 200
        assert response.context["undelivered"]
        assert not Order.objects.exists()

    def test_elsewhere_the_address_says_it_all(self, client, shop, sku):
        place(client, shop, sku, province="elsewhere", city="", district="")

        assert Order.objects.get().region == ""


class TestPickup:
    def test_at_a_store_nothing_is_sent(self, client, shop, sku):
        store = StoreFactory(name="西湖店", address="南山路 1 号")
        save_shop_settings(merchant=shop.merchant, shipping_fee=Decimal("8.00"))

        response = place(
            client, shop, sku, delivery="pickup", store=store.pk, province="", address=""
        )

        order = Order.objects.get()
        assert (order.store, order.shipping_amount, order.recipient_address) == (store, 0, "")
        assert "西湖店" in client.get(response.url).content.decode()
        assert not SavedAddress.objects.exists()

    def test_a_store_must_be_chosen_and_be_ours(self, client, shop, sku):
        StoreFactory()
        foreign = StoreFactory(merchant=MerchantFactory())

        for chosen in ("", foreign.pk):
            response = place(client, shop, sku, delivery="pickup", store=chosen)
            assert list(response.context["form"].errors) == ["store"]
        assert not Order.objects.exists()


class TestAddresses:
    def test_the_last_one_is_filled_in_for_whoever_used_it(self, client, shop, sku):
        place(client, shop, sku, remember="on")

        form = page_of(client, checkout_address(shop), sku=sku.pk, quantity=1).context["form"]
        assert form["recipient_phone"].value() == "13900001111"
        assert [form[name].value() for name in ("province", "city", "district")] == [
            "330000", "330100", "330106",
        ]  # fmt: skip
        stranger = page_of(Client(), checkout_address(shop), sku=sku.pk, quantity=1)
        assert "文一西路" not in stranger.content.decode()
        assert not stranger.context["addresses"]

    def test_nobody_is_given_anybody_elses_by_its_number(self, client, shop, sku):
        place(client, shop, sku, remember="on")
        known = SavedAddress.objects.get()

        page = page_of(Client(), checkout_address(shop), sku=sku.pk, quantity=1, address=known.pk)
        assert "文一西路" not in page.content.decode()
        forget = reverse("shop:forget_address", args=[shop.shop_code, known.pk])
        assert Client().post(forget).status_code == 404
        with scope(merchant=MerchantFactory()):
            elsewhere = DistributorFactory()
        foreign = reverse("shop:forget_address", args=[elsewhere.shop_code, known.pk])
        assert client.post(foreign).status_code == 404
        assert SavedAddress.objects.count() == 1
        client.post(forget)
        assert not SavedAddress.objects.exists()

    def test_it_is_not_kept_unless_asked_for(self, client, shop, sku):
        place(client, shop, sku)

        assert not SavedAddress.objects.exists()


class TestLimits:
    def test_invite_codes_cannot_be_guessed_for_ever(self, client, shop, sku):
        for _attempt in range(10):
            response = place(client, shop, sku, code="nobody")
            assert list(response.context["form"].errors) == ["code"]

        assert place(client, shop, sku, code="nobody").status_code == 429
        assert place(client, shop, sku, code=shop.shop_code).status_code == 429
        assert not Order.objects.exists()
        assert place(client, shop, sku).status_code == 302
