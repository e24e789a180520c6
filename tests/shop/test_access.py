"""Which shops are open, and to what."""

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.distributors.models import Distributor
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, SkuFactory


def home(client, shop_code):
    return client.get(reverse("shop:home", args=[shop_code]))


def test_an_unknown_code_is_not_found(client, db):
    assert home(client, "nobody").status_code == 404


def test_a_shop_tells_whose_it_is(client, shop):
    html = home(client, shop.shop_code).content.decode()

    assert shop.merchant.name in html
    assert "陈志远" in html


@pytest.mark.parametrize(("status", "answer"), [("terminated", 410), ("suspended", 200)])
def test_a_shop_that_is_not_active_sells_nothing_and_says_so(client, shop, sku, status, answer):
    Distributor.objects.filter(pk=shop.pk).update(status=status)

    for address in [
        reverse("shop:home", args=[shop.shop_code]),
        reverse("shop:product", args=[shop.shop_code, sku.product_id]),
        reverse("shop:checkout", args=[shop.shop_code]),
    ]:
        response = client.get(address)
        assert response.status_code == answer
        assert "shop/closed.html" in [each.name for each in response.templates]


def test_a_closed_merchant_has_no_shops(client, shop):
    shop.merchant.is_active = False
    shop.merchant.save()

    assert home(client, shop.shop_code).status_code == 404


class TestOtherMerchants:
    @pytest.fixture
    def foreign(self, db):
        with scope(merchant=MerchantFactory()):
            return SkuFactory(product__name="隔壁的茶")

    def test_their_goods_are_not_shown(self, client, shop, foreign):
        assert "隔壁的茶" not in home(client, shop.shop_code).content.decode()

    def test_their_product_is_not_found(self, client, shop, foreign):
        address = reverse("shop:product", args=[shop.shop_code, foreign.product_id])

        assert client.get(address).status_code == 404

    def test_their_sku_cannot_be_bought_here(self, client, shop, foreign):
        address = reverse("shop:checkout", args=[shop.shop_code])

        assert client.post(address, {"sku": foreign.pk, "quantity": 1}).status_code == 404

    def test_an_order_is_found_in_its_own_shop_only(self, client, shop):
        other = DistributorFactory()
        order = OrderFactory(source="shop", distributor=other)
        address = reverse("shop:order", args=[shop.shop_code, order.order_no])

        assert client.get(address).status_code == 404
