"""What can be had, by parcel and at each store, on cards, pages and in the cart."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.orders.models import CartLine
from apps.products.models import Sku
from apps.products.services.places import save_warehouse
from apps.products.services.stock import correct_stock, set_total_stock
from tests.factories import ProductFactory, SkuFactory, StoreFactory


def put(store, sku, pieces):
    """So many pieces in the store's own room."""
    room = getattr(store, "warehouse", None) or save_warehouse(
        merchant=store.merchant, code=store.code, name=store.name, kind="physical", store=store
    )
    correct_stock(
        sku=sku, warehouse=room, quantity=pieces, reason="purchase", request_key=f"{store}{sku}"
    )


def text_of(html: str) -> str:
    html = re.sub(r"<(script|svg|style).*?</\1>", " ", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def seen(client, shop, name, *args):
    page = client.get(
        reverse(f"shop:{name}", args=[shop.shop_code, *args]), headers={"accept-language": "en"}
    )
    return text_of(page.content.decode()), page


def add(client, shop, sku, quantity=1):
    address = reverse("shop:add_to_cart", args=[shop.shop_code])
    return client.post(
        address, {"sku": sku.pk, "quantity": quantity}, headers={"accept-language": "en"}
    )


@pytest.fixture
def lake(merchant):
    return StoreFactory(name="西湖店")


@pytest.fixture
def river(merchant):
    return StoreFactory(name="钱江店")


class TestCard:
    @pytest.mark.parametrize(
        ("stock", "label"), [(0, "Sold out"), (5, "Only 5 left"), (1, "Only 1 left"), (6, "")]
    )
    def test_few_and_none_are_said(self, client, shop, stock, label):
        SkuFactory(product__name="宫廷熟普", price=Decimal("138.00"), stock=stock)

        text, _page = seen(client, shop, "home")

        assert f"¥138.00 {label}".strip() in text
        assert text.count("left") == (1 if "left" in label else 0)

    def test_what_lies_in_a_store_alone_is_for_pickup(self, client, shop, lake):
        sku = SkuFactory(stock=0)
        put(lake, sku, 9)

        assert "Pickup only" in seen(client, shop, "home")[0]

    def test_what_lies_in_a_closed_store_or_a_room_out_of_use_is_not_to_be_had(
        self, client, shop, lake, river
    ):
        for store in (lake, river):
            put(store, SkuFactory(stock=0), 9)
        type(lake).objects.filter(pk=lake.pk).update(is_active=False)
        save_warehouse(
            merchant=shop.merchant, code=river.code, name="R", kind="physical", store=river,
            warehouse=river.warehouse, is_active=False,
        )  # fmt: skip

        assert set(Sku.objects.values_list("stock", flat=True)) == {9}
        assert seen(client, shop, "home")[0].count("Sold out") == 2


class TestProduct:
    def option(self, page, sku):
        html = page.content.decode()
        found = re.search(rf'<label[^>]*>\s*<input[^>]*value="{sku.pk}".*?</label>', html, re.S)[0]
        return text_of(found), " disabled" in re.search(r"<input[^>]*>", found)[0]

    def test_a_stores_pieces_are_for_pickup_there_and_never_sent(self, client, shop, lake, river):
        product = ProductFactory()
        sent = SkuFactory(product=product, code="A", price=Decimal("10.00"), stock=8)
        kept = SkuFactory(product=product, code="B", price=Decimal("20.00"), stock=0)
        gone = SkuFactory(product=product, code="C", price=Decimal("30.00"), stock=0)
        put(lake, sent, 4)
        put(lake, kept, 3)

        _text, page = seen(client, shop, "product", product.pk)

        assert self.option(page, sent) == (
            "A ¥10.00 8 in stock Delivery: 8 in stock Pickup at 西湖店: 12 in stock "
            "Pickup at 钱江店: 8 in stock",
            False,
        )
        assert self.option(page, kept) == (
            "B ¥20.00 Pickup only No delivery at the moment Pickup at 西湖店: 3 in stock",
            False,
        )
        assert self.option(page, gone) == ("C ¥30.00 Sold out", True)
        assert page.context["offer"].first.sku == sent

    def test_few_are_told(self, client, shop):
        sku = SkuFactory(stock=5)
        text, _page = seen(client, shop, "product", sku.product_id)
        assert "Delivery: only 5 left" in text

    def test_what_can_be_sent_is_chosen_before_what_is_cheaper(self, client, shop, lake):
        kept = SkuFactory(price=Decimal("5.00"), stock=0)
        put(lake, kept, 2)
        sent = SkuFactory(product=kept.product, price=Decimal("10.00"), stock=8)

        offer = seen(client, shop, "product", kept.product_id)[1].context["offer"]

        assert (offer.first.sku, offer.best.sku) == (sent, kept)

    def test_the_fullest_five_stores_are_named(self, client, shop):
        sku = SkuFactory(stock=10)
        for number in range(7):
            StoreFactory(name=f"Store {number}")
        last = StoreFactory(name="Store 9")
        put(last, sku, 1)

        text, _page = seen(client, shop, "product", sku.product_id)

        places = re.findall(r"Pickup at (Store \d): (\d+)", text)
        assert places == [
            ("Store 9", "11"), *[(f"Store {number}", "10") for number in range(4)],
        ]  # fmt: skip
        assert "More stores at checkout" in text

    def test_options_are_called_by_what_they_differ_in(self, client, shop):
        sku = SkuFactory(code="T-9", combination="红 / 大")
        SkuFactory(product=sku.product, code="T-8", stock=3)

        assert self.option(seen(client, shop, "product", sku.product_id)[1], sku)[0].startswith(
            "红 / 大"
        )


class TestCart:
    def test_a_line_that_only_a_store_has(self, client, shop, lake, river):
        sku = SkuFactory(stock=2)
        put(lake, sku, 3)
        put(river, sku, 1)
        add(client, shop, sku, 5)

        text, page = seen(client, shop, "cart")

        assert "Only 2 can be sent; so many are for pickup at 西湖店." in text
        assert "Not everything here can be sent: pick this order up at 西湖店." in text
        assert page.context["can_order"] is True

    def test_no_more_than_one_store_can_give(self, client, shop, lake, river):
        """Two stores have six pieces together; no order can get them."""
        sku = SkuFactory(stock=0)
        put(lake, sku, 3)
        put(river, sku, 3)

        add(client, shop, sku, 4)
        assert not CartLine.objects.exists()
        add(client, shop, sku, 3)
        assert CartLine.objects.get().quantity == 3

    def test_lines_that_no_store_has_together(self, client, shop, lake, river):
        here, there = SkuFactory(stock=0), SkuFactory(stock=0)
        put(lake, here, 1)
        put(river, there, 1)
        for sku in (here, there):
            add(client, shop, sku)

        text, page = seen(client, shop, "cart")

        assert "No store has all of this, and not all of it can be sent" in text
        assert page.context["can_order"] is False

    def test_what_can_be_sent_goes_with_what_a_store_has(self, client, shop, lake, sku):
        kept = SkuFactory(stock=0)
        put(lake, kept, 1)
        for each in (sku, kept):
            add(client, shop, each)

        page = seen(client, shop, "cart")[1]

        assert page.context["places"] == ["西湖店"]
        assert page.context["can_order"] is True

    def test_meanwhile_sold_out(self, client, shop, sku):
        add(client, shop, sku, 2)
        set_total_stock(merchant=shop.merchant, totals={sku.pk: 0})

        text, page = seen(client, shop, "cart")

        assert "Sold out: please take it out." in text
        assert page.context["can_order"] is False

    @pytest.mark.parametrize("count", [1, 20])
    def test_query_count_of_pickup(self, client, shop, lake, count, django_assert_num_queries):
        for each in SkuFactory.create_batch(count, stock=0):
            put(lake, each, 2)
            add(client, shop, each, 2)

        # Session, shop, lines, what is on sale, campaigns, stock, stores, pieces, joining.
        with django_assert_num_queries(9):
            assert len(seen(client, shop, "cart")[1].context["items"]) == count
