"""The page that tells how an order was computed."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.services.stages import run_due
from apps.orders.models import Order
from tests.factories import OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db
# Session, user, merchant, role and the frame, then the seven of the explanation.
QUERIES = 13


def page(client, order_id: int, language: str = "en") -> str:
    answer = client.get(
        reverse("console:explain", args=[order_id]), headers={"accept-language": language}
    )
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_tells_base_rule_and_amount(client, kit):
    html = page(client, kit.ids["order"])
    assert "paid: ¥100.00 × 1 = ¥100.00" in html
    assert "¥100.00 × 12.5% = ¥12.50" in html
    assert "12.5% at depth 1, any goods, any level <code>rules[0]</code>" in html
    assert "Recomputed: equal to what is stored" in html
    assert 'role="alert"' not in html
    assert "已重算：与账上一致" in page(client, kit.ids["order"], "zh-hans")


def test_the_order_leads_there(client, kit):
    order = reverse("console:order", args=[kit.ids["order"]])
    explain = reverse("console:explain", args=[kit.ids["order"]])
    assert f'href="{explain}#line-1"' in client.get(order).content.decode()


@pytest.mark.usefixtures("no_guards")
def test_the_order_names_a_kind_that_is_no_share(client, kit):
    order = reverse("console:order", args=[kit.ids["order"]])
    assert "store share" not in client.get(order).content.decode()
    with scope(merchant=kit.merchant):
        Commission.objects.filter(order_line__order=kit.ids["order"]).update(kind="store")
    html = client.get(order, headers={"accept-language": "en"}).content.decode()
    assert 'data-label="Depth">store share</td>' in html


@pytest.mark.usefixtures("no_guards")
def test_a_bent_row_is_an_alarm(client, kit):
    with scope(merchant=kit.merchant):
        Commission.objects.filter(depth=1).update(amount=Decimal("12.51"))
    html = page(client, kit.ids["order"])
    assert 'role="alert"' in html
    code = kit.distributor.code
    assert f"Line 1: amount of {code}, share 1: stored 12.51, recomputed 12.50" in html
    assert "Recomputed: equal" not in html
    assert "警报：账上的记录与方案算出的不一致" in page(client, kit.ids["order"], "zh-hans")


def test_thirty_lines_cost_what_one_costs(client, kit):
    with scope(merchant=kit.merchant):
        order = OrderFactory(distributor=kit.distributor)
        for number in range(1, 31):
            OrderLineFactory(order=order, line_no=number, sku=kit.sku)
        run_due(merchant=kit.merchant)
        assert Order.objects.get(pk=order.pk).stage == Order.Stage.BOOKED
    page(client, order.pk)
    for each in (kit.ids["order"], order.pk):
        with CaptureQueriesContext(connection) as queries:
            page(client, each)
        assert len(queries) == QUERIES
