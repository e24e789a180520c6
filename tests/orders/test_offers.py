"""What goods are offered at: SQL sorts by the very price that a card shows."""

from datetime import timedelta
from decimal import Decimal
from itertools import product as combinations

import pytest
from django.utils import timezone

from apps.core.money import to_minor
from apps.orders.services.offers import offers_of, with_price_to_pay
from apps.orders.services.prices import discounted_buyer
from apps.products.models import LevelPrice, Product
from apps.products.services.campaigns import save_campaign
from tests.factories import DistributorFactory, LevelFactory, ProductFactory, SkuFactory


def price(merchant, sku, level, of_level, of_campaign):
    """Give a SKU these prices, where they are one."""
    if of_level:
        # As a row: one may also be left above the SKU's own price, which was lowered later.
        LevelPrice.objects.create(merchant=merchant, sku=sku, level=level, price=Decimal(of_level))
    now = timezone.now()
    for number, amount in enumerate(of_campaign):
        save_campaign(
            merchant=merchant, code=f"C{sku.pk}-{number}", name="Spring",
            prices={sku: Decimal(amount)}, announced_at=now, starts_at=now,
            ends_at=now + timedelta(days=1),
        )  # fmt: skip


def test_the_cheapest_that_can_be_had_is_the_best(merchant):
    product = ProductFactory()
    for amount, stock in [("30.00", 4), ("20.00", 1), ("10.00", 0)]:
        SkuFactory(product=product, price=Decimal(amount), stock=stock)
    offer = offers_of(product.skus.all(), None)[product.pk]
    assert (offer.best.total, offer.is_from) == (Decimal("20.00"), True)


def test_sold_out_the_cheapest_is_the_best(merchant):
    product = ProductFactory()
    for amount in ("30.00", "20.00"):
        SkuFactory(product=product, price=Decimal(amount), stock=0)
    offer = offers_of(product.skus.all(), None)[product.pk]
    assert (offer.best.total, offer.is_from) == (Decimal("20.00"), True)


def test_equal_prices_are_not_from_any(merchant):
    product = ProductFactory()
    SkuFactory.create_batch(2, product=product, price=Decimal("30.00"))
    assert not offers_of(product.skus.all(), None)[product.pk].is_from


@pytest.mark.parametrize("discount", ["0", "12.5", "33.33"])
def test_sql_and_the_card_say_the_same(merchant, discount):
    """Every way a price can come about, for visitors and for people of the level."""
    level = LevelFactory(own_discount=Decimal(discount))
    person = DistributorFactory(level=level)
    of_level = [None, "0.01", "66.67", "99.99", "120.00"]
    of_campaign = [(), ("0.01",), ("88.01", "70.00"), ("99.98",)]
    for one, several, stock in combinations(of_level, of_campaign, [0, 3]):
        product = ProductFactory()
        cheap = SkuFactory(product=product, price=Decimal("99.99"), stock=stock)
        price(merchant, cheap, level, one, several)
        SkuFactory(product=product, price=Decimal("100.01"), stock=1)

    for buyer in (None, discounted_buyer(merchant, person)):
        offers = offers_of(
            [sku for each in Product.objects.all() for sku in each.skus.all()], buyer
        )
        found = {each.pk: each.to_pay for each in with_price_to_pay(Product.objects.all(), buyer)}
        assert found == {pk: to_minor(offer.best.total) for pk, offer in offers.items()}
        assert len(found) == 40
        assert len(set(found.values())) > 2
