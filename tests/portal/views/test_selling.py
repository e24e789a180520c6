"""Orders explained, the team, the shop's link."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.orders.services.refunds import record_refund
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, SkuFactory


def text_of(response):
    return " ".join(response.content.decode().split())


def order_page(client, order):
    return client.get(reverse("portal:order", args=[order.pk]), headers={"accept-language": "en"})


class TestOrder:
    def test_each_commission_is_base_times_rate(self, client, distributor, sell):
        [line] = sell(distributor)

        html = text_of(order_page(client, line.order))

        assert '<span class="money">¥100.00</span> × 12.5%' in html
        assert '<span class="money good">+¥12.50</span>' in html

    def test_a_refund_takes_its_share_back(self, client, distributor, sell, merchant):
        [line] = sell(distributor)
        record_refund(order_line=line, amount=Decimal("40.00"))
        run_due(merchant=merchant)

        response = order_page(client, line.order)

        assert '<span class="money bad">−¥5.00</span>' in text_of(response)
        assert response.context["my_total"] == Decimal("7.50")

    def test_a_teams_order_shows_only_my_share(self, client, distributor, sell):
        [line] = sell(DistributorFactory(parent=distributor))

        response = order_page(client, line.order)

        assert [row.amount for row in response.context["lines"][0].my_rows] == [Decimal("5.00")]
        assert "+¥12.50" not in text_of(response)

    def test_the_customers_phone_is_masked(self, client, distributor, sell):
        [line] = sell(distributor)
        line.order.customer.identifier = "+8613712345678"
        line.order.customer.name = ""
        line.order.customer.save()

        html = text_of(order_page(client, line.order))

        assert "137****5678" in html
        assert "13712345678" not in html

    @pytest.mark.parametrize("pending", [True, False])
    def test_an_order_without_commission_says_why(self, client, distributor, pending):
        order = OrderFactory(distributor=distributor, pending=pending)

        response = order_page(client, order)

        assert response.context["has_rows"] is False
        waits = "Commission is booked once the order is paid." in text_of(response)
        assert waits is pending

    def test_somebody_elses_order_is_not_found(self, client, sell):
        [line] = sell(DistributorFactory())

        assert order_page(client, line.order).status_code == 404

    def test_another_merchants_order_is_not_found(self, client):
        with scope(merchant=MerchantFactory()):
            order = OrderFactory(distributor=DistributorFactory())

        assert order_page(client, order).status_code == 404


class TestOrders:
    def test_only_mine(self, client, distributor, sell):
        [line] = sell(distributor)
        sell(DistributorFactory())

        page = client.get(reverse("portal:orders")).context["page"]

        assert list(page) == [line.order]


class TestProducts:
    def test_each_leads_to_my_shop_and_says_what_it_earns(self, client, distributor, plan):
        sku = SkuFactory(price=Decimal("88.00"))

        html = text_of(client.get(reverse("portal:products")))

        assert f"/s/{distributor.shop_code}/products/{sku.product_id}/" in html
        assert '<span class="money">¥11.00</span>' in html

    def test_search(self, client):
        SkuFactory(product__name="白毫银针")
        SkuFactory(product__name="大红袍")

        page = client.get(reverse("portal:products"), {"q": "银针"}).context["page"]

        assert [product.name for product in page] == ["白毫银针"]

    def test_goods_of_another_merchant_are_not_shown(self, client):
        with scope(merchant=MerchantFactory()):
            SkuFactory()

        assert list(client.get(reverse("portal:products")).context["page"]) == []


class TestTeam:
    def test_only_direct_children_are_listed_and_all_are_counted(self, client, distributor):
        child = DistributorFactory(parent=distributor)
        DistributorFactory(parent=child)
        DistributorFactory()

        context = client.get(reverse("portal:team")).context

        assert list(context["page"]) == [child]
        figures = context["figures"]
        assert (figures.direct_count, figures.indirect_count, figures.count) == (1, 1, 2)
