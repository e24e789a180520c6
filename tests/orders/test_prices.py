"""What an order's goods cost whom: exact amounts, and a refusal where they changed meanwhile."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.distributors.models import Level
from apps.orders.models import Order, OrderLine
from apps.orders.services.prices import discounted_buyer, line_prices
from apps.orders.services.shop import TotalChanged, place_shop_order
from apps.products.models import Sku
from apps.products.services.campaigns import save_campaign
from apps.products.services.prices import set_level_prices
from tests.factories import DistributorFactory, LevelFactory, SkuFactory

# Two pieces of a SKU at 99.99; the level takes 12.5 % off own purchases: 24.9975, half up 25.00.
REGULAR = ("99.99", "0.00", "199.98", "regular")
OWN = ("99.99", "25.00", "174.98", "own")


@pytest.fixture
def sku(merchant):
    return SkuFactory(price=Decimal("99.99"), stock=10)


@pytest.fixture
def level(merchant):
    return LevelFactory(own_discount=Decimal("12.5"))


@pytest.fixture
def buyer(level):
    return DistributorFactory(level=level, phone="+8613800000009")


def give_level_price(sku, level, price):
    set_level_prices(sku=sku, prices={level: Decimal(price)})


def give_campaign(merchant, sku, price):
    now = timezone.now()
    return save_campaign(
        merchant=merchant, code=f"C{price}", name="C", starts_at=now, announced_at=now,
        ends_at=now + timedelta(days=1), prices={sku: Decimal(price)},
    )  # fmt: skip


def told(sku, person, quantity=2):
    buyer = discounted_buyer(sku.merchant, person)
    found = line_prices(skus=[sku], items={sku.pk: quantity}, buyer=buyer)[sku.pk]
    return (*map(str, (found.unit_price, found.discount, found.total)), found.reason)


def place(merchant, sku, buyer=None, quantity=2, key="k", **more):
    return place_shop_order(
        merchant=merchant, distributor=DistributorFactory(), items={sku.pk: quantity},
        recipient_name="王芳", recipient_phone="13800000001", address="西湖区", request_key=key,
        buyer=buyer, **more,
    )  # fmt: skip


def test_without_anything_the_regular_price_less_the_own_discount(sku, buyer):
    assert told(sku, None) == REGULAR
    assert told(sku, buyer) == OWN


@pytest.mark.parametrize(
    ("level_price", "campaign_price", "expected"),
    [
        # A level's price replaces the discount, even where the discount would give more.
        ("95.00", None, ("95.00", "0.00", "190.00", "level")),
        ("80.00", None, ("80.00", "0.00", "160.00", "level")),
        # A campaign counts only where it is lower than what they pay anyway.
        (None, "90.00", OWN),
        (None, "87.49", OWN),
        (None, "87.48", ("87.48", "0.00", "174.96", "campaign")),
        ("80.00", "80.00", ("80.00", "0.00", "160.00", "level")),
        ("80.00", "79.99", ("79.99", "0.00", "159.98", "campaign")),
        ("95.00", "90.00", ("90.00", "0.00", "180.00", "campaign")),
    ],
)
def test_reductions_never_add_up(
    merchant, sku, level, buyer, level_price, campaign_price, expected
):
    if level_price:
        give_level_price(sku, level, level_price)
    if campaign_price:
        give_campaign(merchant, sku, campaign_price)
    assert told(sku, buyer) == expected
    place(merchant, sku, buyer=buyer)
    line = OrderLine.objects.get()
    assert tuple(map(str, (line.unit_price, line.discount, line.paid_amount))) == expected[:3]
    # What commissions on the list price are computed from.
    assert line.list_price == Decimal("99.99")


def test_anybody_gets_a_campaigns_price(merchant, sku):
    give_campaign(merchant, sku, "90.00")
    assert told(sku, None) == ("90.00", "0.00", "180.00", "campaign")
    place(merchant, sku)
    assert OrderLine.objects.get().paid_amount == Decimal("180.00")


def test_a_level_with_prices_alone_makes_a_buyer(merchant, sku, level, buyer):
    Level.objects.update(own_discount=0)
    assert discounted_buyer(merchant, buyer) is None
    give_level_price(sku, level, "95.00")
    assert discounted_buyer(merchant, buyer) == buyer
    assert told(sku, buyer)[2:] == ("190.00", "level")
    other = SkuFactory(price=Decimal("10.00"))
    assert told(other, buyer) == ("10.00", "0.00", "20.00", "regular")


def test_queries_do_not_grow_with_the_goods(merchant, level, buyer, django_assert_num_queries):
    skus = [SkuFactory() for _each in range(6)]
    buyer = discounted_buyer(merchant, buyer)
    for some in (skus[:1], skus):
        with django_assert_num_queries(2):
            line_prices(skus=some, items={sku.pk: 1 for sku in some}, buyer=buyer)


class TestTotalChanged:
    def test_the_price_shown_is_the_price(self, merchant, sku, buyer):
        order = place(merchant, sku, buyer=buyer, expected_total=Decimal("174.98"))
        assert OrderLine.objects.get(order=order).paid_amount == Decimal("174.98")

    def test_another_price_refuses_and_changes_nothing(self, merchant, sku):
        give_campaign(merchant, sku, "90.00")
        with pytest.raises(TotalChanged):
            place(merchant, sku, expected_total=Decimal("199.98"))
        assert (Order.objects.count(), Sku.objects.get().stock) == (0, 10)

    def test_the_same_form_again_finds_its_order_whatever_the_price_is_now(self, merchant, sku):
        shop = DistributorFactory()
        given = {
            "merchant": merchant, "distributor": shop, "items": {sku.pk: 2}, "request_key": "k",
            "recipient_name": "王芳", "recipient_phone": "13800000001", "address": "西湖区",
            "expected_total": Decimal("199.98"),
        }  # fmt: skip
        first = place_shop_order(**given)
        Sku.objects.update(price=Decimal("1.00"))
        assert place_shop_order(**given) == first
