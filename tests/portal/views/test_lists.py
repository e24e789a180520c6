"""Lists cost the same with 1 row and with 50, and are shown page by page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from apps.orders.services.level_goods import Goods
from apps.payouts.services import request_withdrawal, save_payout_account
from apps.portal.access import SESSION_KEY
from apps.products.services.campaigns import save_campaign
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from tests.factories import DistributorFactory, ProductFactory, SkuFactory
from tests.orders.coupon_shop import make_coupon
from tests.payouts.money import fund
from tests.portal.violations import note_violation
from tests.price_control.uploads import picture

# Session, user, distributor and, but for withdrawals and violations, the agreement are 4 of each.
QUERIES = {
    "home": 9,
    "orders": 6,
    "earnings": 8,
    "withdrawals": 6,
    "team": 11,
    "products": 10,
    "violations": 5,
    "materials": 8,
    "promotion": 14,
    "campaigns": 7,
    "coupons": 8,
}


@pytest.fixture
def fill(distributor, sell, sku):
    """Gives the distributor so many of everything that is listed."""

    def fill(count):
        now = timezone.now()
        sell(distributor, count)
        DistributorFactory.create_batch(count, parent=distributor)
        for product in ProductFactory.create_batch(count - 1):
            SkuFactory(product=product)
        save_payout_account(
            distributor=distributor, method="bank", holder_name="陈静", bank_name="招商银行",
            number="6225880123456789",
        )  # fmt: skip
        fund(distributor, Decimal(count))
        for number in range(count):
            request_withdrawal(distributor=distributor, amount="1.00", request_key=str(number))
            note_violation(distributor, str(number))
            make_coupon(distributor.merchant, f"CODE-{number}", goods=Goods(products=[sku.product]))
            material = save_material(
                merchant=distributor.merchant, kind="image", title="Garden", files=[picture()],
                is_published=True,
            )  # fmt: skip
            link = ensure_link(distributor=distributor, kind="shop", material=material)
            record_click(distributor=distributor, visit=Visit("v", "phone"), target="/", link=link)
            save_campaign(
                merchant=distributor.merchant, code=str(number), name="活动", announced_at=now,
                starts_at=now, ends_at=now + timedelta(days=1), prices={sku: Decimal("1.00")},
            )  # fmt: skip

    return fill


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("name", QUERIES)
def test_query_count(client, fill, name, count, django_assert_num_queries):
    fill(count)
    cache.clear()

    with django_assert_num_queries(QUERIES[name]):
        response = client.get(reverse(f"portal:{name}"))

    assert response.status_code == 200


@pytest.mark.parametrize("name", [name for name in QUERIES if name != "home"])
def test_fifty_rows_are_three_pages(client, fill, name):
    fill(50)

    response = client.get(reverse(f"portal:{name}"), {"page": 3})

    assert len(response.context["page"].object_list) == 10
    assert "3 / 3" in response.content.decode()


def test_the_session_remembers_only_who_was_chosen(client, distributor):
    client.post(reverse("portal:switch"), {"distributor": distributor.pk})

    assert client.session[SESSION_KEY] == distributor.pk
