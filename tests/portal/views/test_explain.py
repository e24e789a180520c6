"""How my commissions were computed: mine alone."""

import pytest
from django.urls import reverse
from django_scopes import scope

from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    UserFactory,
)


def page(client, order, language="en"):
    return client.get(
        reverse("portal:explain", args=[order.pk]), headers={"accept-language": language}
    )


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def upline(merchant):
    return DistributorFactory(name="Somebody Above", code="ABOVE", user=UserFactory())


@pytest.fixture
def distributor(merchant, upline):
    return DistributorFactory(name="Seller", user=UserFactory(), parent=upline)


def test_my_figure_and_nothing_of_my_upline(client, distributor, sell):
    [line] = sell(distributor)
    html = text_of(page(client, line.order))
    assert "¥100.00 × 12.5% = ¥12.50" in html
    assert "12.5% at depth 1, any goods, any level" in html
    assert "ABOVE" not in html
    assert "Somebody Above" not in html
    assert "5.00" not in html
    assert "第 1 层 12.5%，全部商品，不限等级" in text_of(page(client, line.order, "zh-hans"))


def test_the_upline_sees_the_seller_and_their_own_figure(client, distributor, upline, sell):
    [line] = sell(distributor)
    client.force_login(upline.user)
    html = text_of(page(client, line.order))
    assert "From the seller up to you" in html
    assert "Seller" in html
    assert "¥100.00 × 5% = ¥5.00" in html
    assert "12.50" not in html


def test_the_order_page_leads_there(client, distributor, sell):
    [line] = sell(distributor)
    order = client.get(reverse("portal:order", args=[line.order_id])).content.decode()
    explain = reverse("portal:explain", args=[line.order_id])
    assert f'href="{explain}#line-1"' in order


def test_somebody_elses_order_is_not_there(client, distributor, sell):
    [line] = sell(DistributorFactory())
    assert page(client, line.order).status_code == 404
    other = MerchantFactory()
    with scope(merchant=other):
        theirs = OrderFactory(distributor=DistributorFactory())
    assert page(client, theirs).status_code == 404


@pytest.mark.parametrize("lines", [1, 30])
def test_query_count(client, distributor, sell, lines, django_assert_num_queries, merchant):
    order = OrderFactory(distributor=distributor)
    for number in range(2, lines + 1):
        OrderLineFactory(order=order, line_no=number)
    OrderLineFactory(order=order)
    sell(distributor)
    page(client, order)
    with django_assert_num_queries(12):
        assert page(client, order).status_code == 200
