"""Look, choose, order, follow the order: all without a script."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.distributors.models import Distributor, Level
from apps.distributors.services.levels import LevelTerms
from apps.distributors.services.standing import change_level
from apps.orders.models import Order
from apps.orders.services.level_goods import Goods, save_level_with_goods
from apps.orders.services.progress import cancel_order, confirm_payment, ship_order
from apps.products.models import Category
from apps.products.services.campaigns import save_campaign, stop_campaign
from apps.products.services.prices import set_level_prices
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    ProductFactory,
    SkuFactory,
    UserFactory,
)
from tests.shop.buying import CONTACT, checkout_address, place


class TestHome:
    def get(self, client, shop, **query):
        return client.get(reverse("shop:home", args=[shop.shop_code]), query)

    def shown(self, client, shop, **query):
        return [product.name for product in self.get(client, shop, **query).context["page"]]

    def test_listed_goods_with_a_sku_newest_first(self, client, shop, sku):
        SkuFactory(product__name="白毫银针")
        SkuFactory(product__name="下架", product__is_listed=False)
        ProductFactory(name="无规格")

        assert self.shown(client, shop) == ["白毫银针", "宫廷熟普"]

    def test_the_lowest_price_is_shown(self, client, shop, sku):
        SkuFactory(product=sku.product, price=Decimal("99.00"))

        html = self.get(client, shop).content.decode()

        assert "¥99.00" in html
        assert "¥138.00" not in html

    def test_by_category_and_all_below_it(self, client, shop, sku):
        tea = Category.objects.create(merchant=shop.merchant, name="茶")
        ripe = Category.objects.create(merchant=shop.merchant, name="普洱", parent=tea)
        sku.product.category = ripe
        sku.product.save()
        SkuFactory(product__name="茶壶")

        assert self.shown(client, shop, category=tea.pk) == ["宫廷熟普"]

    @pytest.mark.parametrize(
        "query", [{"category": "nonsense"}, {"category": "9" * 30}, {"q": "\0"}]
    )
    def test_nonsense_in_the_address_shows_everything(self, client, shop, sku, query):
        assert self.shown(client, shop, **query) == ["宫廷熟普"]

    def test_search_and_nothing_found(self, client, shop, sku):
        assert self.shown(client, shop, q="熟普") == ["宫廷熟普"]
        response = self.get(client, shop, q="咖啡")
        assert list(response.context["page"]) == []
        assert 'class="empty"' in response.content.decode()

    @pytest.mark.parametrize("count", [1, 50])
    @pytest.mark.parametrize("sort", ["new", "cheap"])
    def test_query_count(self, client, shop, count, sort, django_assert_num_queries):
        self.fill(count)

        # Shop, categories, count, page, SKUs, campaign prices, stock, campaigns, joining.
        with django_assert_num_queries(9):
            response = self.get(client, shop, sort=sort)

        assert len(response.context["page"]) == min(count, 20)

    @pytest.mark.parametrize("count", [1, 50])
    def test_query_count_for_a_buyer_with_prices_of_their_own(
        self, client, shop, count, django_assert_num_queries
    ):
        self.fill(count)
        buyer = DistributorFactory(level=LevelFactory(own_discount=10), user=UserFactory())
        client.force_login(buyer.user)

        # And session, user, distributor, level, prices of the level, cart.
        with django_assert_num_queries(15):
            response = self.get(client, shop)

        assert {each.offer.best.reason for each in response.context["page"]} == {"own"}

    def fill(self, count):
        for product in ProductFactory.create_batch(count):
            SkuFactory.create_batch(2, product=product)


class TestProduct:
    def get(self, client, shop, product):
        return client.get(reverse("shop:product", args=[shop.shop_code, product.pk]))

    def test_skus_are_chosen_and_one_without_stock_cannot_be(self, client, shop, sku):
        SkuFactory(product=sku.product, price=Decimal("90.00"), stock=0)

        response = self.get(client, shop, sku.product)

        assert response.context["offer"].first.sku == sku
        html = " ".join(response.content.decode().split())
        assert f'value="{sku.pk}" checked' in html
        assert html.count(" disabled") == 1

    def test_sold_out_has_no_button(self, client, shop):
        html = self.get(client, shop, SkuFactory(stock=0).product).content.decode()

        assert "shop:checkout" not in html
        assert 'name="quantity"' not in html

    def test_what_is_not_listed_is_not_found(self, client, shop):
        sku = SkuFactory(product__is_listed=False)

        assert self.get(client, shop, sku.product).status_code == 404

    def test_a_product_without_a_sku_is_not_found(self, client, shop):
        assert self.get(client, shop, ProductFactory()).status_code == 404


class TestCheckout:
    def test_the_form_shows_the_servers_price(self, client, shop, sku):
        response = client.get(checkout_address(shop), {"sku": sku.pk, "quantity": 2})

        assert response.context["quote"].total == Decimal("276.00")
        assert "¥276.00" in response.content.decode()

    def test_the_order_is_the_shops_and_its_page_opens(self, client, shop, sku):
        response = place(client, shop, sku, 2, price="0.01", unit_price="0.01")

        order = Order.objects.get()
        assert response.status_code == 302
        assert response.url == f"/s/{shop.shop_code}/orders/{order.order_no}/"
        assert (order.distributor, order.status, order.source) == (shop, "pending", "shop")
        assert (order.recipient_phone, order.region) == ("+8613900001111", "浙江省/杭州市/西湖区")
        assert order.lines.get().paid_amount == Decimal("276.00")
        assert client.get(response.url).status_code == 200

    def test_a_second_press_is_the_same_order(self, client, shop, sku):
        key = uuid.uuid4()
        first = place(client, shop, sku, 5, key)
        second = place(client, shop, sku, 5, key)

        assert first.url == second.url
        assert Order.objects.count() == 1
        sku.refresh_from_db()
        assert sku.stock == 0

    def test_more_than_there_is_goes_back_to_the_product(self, client, shop, sku):
        response = client.get(checkout_address(shop), {"sku": sku.pk, "quantity": 6}, follow=True)

        address = f"/s/{shop.shop_code}/products/{sku.product_id}/"
        assert response.redirect_chain == [(address, 302)]
        assert "notice-error" in response.content.decode()

    def test_somebody_was_quicker(self, client, shop, sku):
        response = place(client, shop, sku, 6)

        assert response.status_code == 200
        assert len(response.context["form"].non_field_errors()) == 1
        assert not Order.objects.exists()

    @pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "many", "", "1000"])
    def test_a_quantity_that_is_none_goes_back_to_the_product(self, client, shop, sku, quantity):
        response = place(client, shop, sku, quantity)

        assert response.url == f"/s/{shop.shop_code}/products/{sku.product_id}/"
        assert not Order.objects.exists()

    @pytest.mark.parametrize("sku_id", ["", "nonsense", "999999999"])
    def test_an_unknown_sku_is_not_found(self, client, shop, sku, sku_id):
        data = CONTACT | {"sku": sku_id, "quantity": 1, "request_key": uuid.uuid4()}

        assert client.post(checkout_address(shop), data).status_code == 404

    @pytest.mark.parametrize(
        "changes",
        [
            {"recipient_name": " "},
            {"recipient_phone": "12"},
            {"recipient_phone": "call me"},
            {"address": ""},
            {"address": "长" * 201},
            {"province": ""},
            {"city": ""},
            {"district": ""},
            {"district": "110101"},
            {"request_key": "not-a-key"},
        ],
    )
    def test_wrong_details_are_named_and_nothing_is_placed(self, client, shop, sku, changes):
        response = place(client, shop, sku, **changes)

        assert response.status_code == 200
        assert list(response.context["form"].errors) == list(changes)
        assert not Order.objects.exists()

    def test_each_form_has_a_key_of_its_own(self, client, shop, sku):
        keys = set()
        for _number in range(2):
            html = client.get(checkout_address(shop), {"sku": sku.pk, "quantity": 1})
            keys.add(re.search(r'name="request_key" value="([^"]+)"', html.content.decode())[1])

        assert len(keys) == 2

    def test_the_form_needs_its_token(self, shop, sku):
        assert place(Client(enforce_csrf_checks=True), shop, sku).status_code == 403
        assert not Order.objects.exists()


class TestOrder:
    @pytest.fixture
    def order(self, client, shop, sku):
        place(client, shop, sku, 2, note="工作日送")
        return Order.objects.get()

    def html(self, client, order):
        address = reverse("shop:order", args=[order.distributor.shop_code, order.order_no])
        response = client.get(address, headers={"accept-language": "en"})
        assert "no-store" in response.headers["Cache-Control"]
        return " ".join(response.content.decode().split())

    def test_a_new_order_says_how_to_pay(self, client, shop, order):
        shop.merchant.payment_instructions = "转账到 6222"
        shop.merchant.save()

        html = self.html(client, order)

        assert "转账到 6222" in html
        assert html.count("step-done") == 1
        assert "139****1111" in html
        assert "13900001111" not in html

    def test_after_payment_it_no_longer_asks(self, client, shop, order):
        shop.merchant.payment_instructions = "转账到 6222"
        shop.merchant.save()
        confirm_payment(order=order, actor=None)
        ship_order(order=order, actor=None, tracking_number="SF123")

        html = self.html(client, order)

        assert "转账到 6222" not in html
        assert html.count("step-done") == 3
        assert "SF123" in html

    def test_a_cancelled_order(self, client, order):
        cancel_order(order=order, actor=None)

        assert "This order was cancelled" in self.html(client, order)

    def test_it_stays_readable_when_the_shop_closes(self, client, shop, order):
        Distributor.objects.filter(pk=shop.pk).update(status="terminated")

        assert order.order_no in self.html(client, order)

    def test_orders_from_files_have_guessable_numbers_and_no_page(self, client, shop):
        order = OrderFactory(source="csv", distributor=shop, order_no="YS001")
        address = reverse("shop:order", args=[shop.shop_code, order.order_no])

        assert client.get(address).status_code == 404

    def test_search_engines_stay_away(self, client, order):
        assert '<meta name="robots" content="noindex">' in self.html(client, order)


class TestLevels:
    """What the levels of seller and buyer change."""

    def test_only_goods_of_the_sellers_level_are_shown(self, client, shop, sku, merchant):
        other = SkuFactory(stock=3)
        level = LevelFactory(badge_text="金牌", badge_colour="gold")
        save_level_with_goods(
            merchant=merchant, level=level, code=level.code, name=level.name, rank=level.rank,
            terms=LevelTerms(goods="chosen", badge_text="金牌"), conditions=[],
            may_sell=Goods(products=[sku.product]), counted=Goods(),
        )  # fmt: skip
        change_level(distributor=shop, level=level, actor=None)
        home = client.get(reverse("shop:home", args=[shop.shop_code]))
        assert [product.name for product in home.context["page"]] == ["宫廷熟普"]
        assert "金牌" in home.content.decode()
        codes = {sku.product: 200, other.product: 404}
        for product, code in codes.items():
            address = reverse("shop:product", args=[shop.shop_code, product.pk])
            assert client.get(address).status_code == code
        checkout = client.get(checkout_address(shop), {"sku": other.pk, "quantity": 1})
        assert checkout.status_code == 404
        place(client, shop, other)
        assert not Order.objects.exists()

    def test_a_signed_in_distributor_sees_and_pays_their_levels_price(self, client, shop, sku):
        level = LevelFactory()
        Level.objects.filter(pk=level.pk).update(own_discount=10)
        buyer = DistributorFactory(level=level, user=UserFactory())
        client.force_login(buyer.user)
        product = client.get(reverse("shop:product", args=[shop.shop_code, sku.product_id]))
        assert "10%" in product.content.decode()
        shown = client.get(checkout_address(shop), {"sku": sku.pk, "quantity": 2})
        assert (shown.context["quote"].discount, shown.context["quote"].total) == (
            Decimal("27.60"),
            Decimal("248.40"),
        )
        place(client, shop, sku, quantity=2, shown="248.40")
        line = Order.objects.get().lines.get()
        assert (line.discount, line.paid_amount) == (Decimal("27.60"), Decimal("248.40"))

    def test_a_distributor_of_another_merchant_pays_the_price_of_everybody(self, client, shop, sku):
        stranger = DistributorFactory(merchant=MerchantFactory(), user=UserFactory())
        client.force_login(stranger.user)
        shown = client.get(checkout_address(shop), {"sku": sku.pk, "quantity": 2})
        assert (shown.context["quote"].discount, shown.context["quote"].total) == (
            0,
            Decimal("276.00"),
        )


def test_a_campaigns_price_is_shown_and_is_what_an_order_costs(client, merchant, shop, sku):
    now = timezone.now()
    save_campaign(
        merchant=merchant, code="spring", name="春茶季", prices={sku: Decimal("99.00")},
        announced_at=now, starts_at=now, ends_at=now + timedelta(days=1),
    )  # fmt: skip

    page = client.get(reverse("shop:product", args=[shop.shop_code, sku.product_id]))
    html = page.content.decode()
    place(client, shop, sku, quantity=2, shown=Decimal("198.00"))

    assert page.context["offer"].best.total == Decimal("99.00")
    assert "春茶季" in html
    assert shown_prices(html) == ["¥99.00", "Campaign price Regular price ¥138.00"]
    assert Order.objects.get().lines.get().paid_amount == Decimal("198.00")


class TestListPrices:
    """A card shows what this visitor would pay, and what others pay struck through."""

    def card(self, client, shop):
        page = client.get(reverse("shop:home", args=[shop.shop_code]))
        return shown_prices(page.content.decode())

    @pytest.fixture
    def level(self, sku):
        found = LevelFactory()
        set_level_prices(sku=sku, prices={found: Decimal("120.00")})
        return found

    @pytest.fixture
    def campaign(self, merchant, sku):
        now = timezone.now()
        return save_campaign(
            merchant=merchant, code="spring", name="春茶季", prices={sku: Decimal("99.00")},
            announced_at=now, starts_at=now, ends_at=now + timedelta(days=1),
        )  # fmt: skip

    def sign_in(self, client, **given):
        client.force_login(DistributorFactory(user=UserFactory(), **given).user)

    def test_the_regular_price_stands_alone(self, client, shop, level):
        assert self.card(client, shop) == ["¥138.00"]

    def test_a_running_campaign(self, client, shop, campaign):
        expected = ["¥99.00", "Campaign price Regular price ¥138.00"]
        assert self.card(client, shop) == expected
        stop_campaign(campaign=campaign)
        assert self.card(client, shop) == ["¥138.00"]

    def test_the_price_of_the_buyers_level(self, client, shop, level):
        self.sign_in(client, level=level)
        expected = ["¥120.00", "Your level's price Regular price ¥138.00"]
        assert self.card(client, shop) == expected

    def test_the_discount_of_the_buyers_level(self, client, shop, sku):
        self.sign_in(client, level=LevelFactory(own_discount=10))
        expected = ["¥124.20", "Own-purchase price Regular price ¥138.00"]
        assert self.card(client, shop) == expected

    def test_a_campaign_that_is_dearer_than_the_level_is_not_the_price(
        self, client, shop, sku, campaign
    ):
        self.sign_in(client, level=LevelFactory(own_discount=50))
        expected = ["¥69.00", "Own-purchase price Regular price ¥138.00"]
        assert self.card(client, shop) == expected
        page = client.get(reverse("shop:product", args=[shop.shop_code, sku.product_id]))
        assert shown_prices(page.content.decode()) == expected
        assert "春茶季" not in page.content.decode()

    def test_a_level_of_another_merchant_counts_for_nothing(self, client, shop, sku, level):
        self.sign_in(client, merchant=MerchantFactory())
        assert self.card(client, shop) == ["¥138.00"]

    def test_several_prices_are_from_the_cheapest_that_can_be_had(self, client, shop, sku):
        SkuFactory(product=sku.product, price=Decimal("150.00"))
        SkuFactory(product=sku.product, price=Decimal("90.00"), stock=0)
        assert self.card(client, shop) == ["¥138.00 and up"]

    def test_they_are_sorted_by_what_is_paid(self, client, shop, sku, campaign):
        SkuFactory(product__name="茶壶", price=Decimal("120.00"))
        for sort, names in {"cheap": ["宫廷熟普", "茶壶"], "dear": ["茶壶", "宫廷熟普"]}.items():
            page = client.get(reverse("shop:home", args=[shop.shop_code]), {"sort": sort})
            assert [each.name for each in page.context["page"]] == names


def shown_prices(html: str) -> list[str]:
    """The texts of all prices and of what stands beside them, with single blanks."""
    parts = re.findall(
        r'<span class="(?:price|was)[ "].*?</span>\s*(?=<span|</p>|</div>|<h1)', html, re.S
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in parts]
