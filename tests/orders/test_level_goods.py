"""What a level changes in a shop: the price of own purchases, and which goods there are."""

from decimal import Decimal

import pytest
from django_scopes import scope

from apps.distributors.models import Distributor, Level
from apps.distributors.services.levels import LevelRefused, LevelTerms
from apps.orders.models import Order
from apps.orders.selectors import sellable, sellable_categories
from apps.orders.services.level_goods import Goods, save_level_with_goods
from apps.orders.services.shop import OrderRefused
from apps.products.models import Product
from apps.products.selectors import top_categories
from apps.products.services.categories import ensure_category
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    ProductFactory,
    SkuFactory,
)
from tests.orders.test_shop import place


@pytest.fixture
def level(merchant):
    level = LevelFactory()
    Level.objects.update(own_discount=Decimal("12.50"))
    level.refresh_from_db()
    return level


@pytest.fixture
def seller(merchant):
    return DistributorFactory()


@pytest.fixture
def buyer(level):
    return DistributorFactory(level=level)


def let_sell(level, **goods):
    return save_level_with_goods(
        merchant=level.merchant, level=level, code=level.code, name=level.name, rank=level.rank,
        terms=LevelTerms(goods="chosen"), conditions=[], may_sell=Goods(**goods), counted=Goods(),
    )  # fmt: skip


def test_a_buyer_of_the_level_pays_less_and_is_the_customer(seller, buyer):
    sku = SkuFactory(price=Decimal("19.90"))
    order = place(seller, {sku.pk: 3}, buyer=buyer)
    line = order.lines.get()
    # 12.5 % of 59.70 is 7.4625.
    assert (line.unit_price, line.discount, line.paid_amount) == (
        Decimal("19.90"), Decimal("7.46"), Decimal("52.24"),
    )  # fmt: skip
    assert order.customer.identifier == str(buyer.phone)
    assert order.recipient_phone == "+8613800000001"


def test_the_same_form_twice_is_one_order_at_one_price(seller, buyer):
    sku = SkuFactory(price=Decimal("19.90"))
    first = place(seller, {sku.pk: 3}, buyer=buyer)
    assert place(seller, {sku.pk: 3}, buyer=buyer) == first
    assert Order.objects.count() == 1


@pytest.mark.parametrize("who", ["suspended", "no discount", "no level", "foreign"])
def test_nobody_else_gets_the_discount(seller, buyer, level, who):
    if who == "suspended":
        Distributor.objects.filter(pk=buyer.pk).update(status="suspended")
    if who == "no discount":
        Level.objects.update(own_discount=0)
    if who == "no level":
        Distributor.objects.filter(pk=buyer.pk).update(level=None)
    if who == "foreign":
        with scope(merchant=MerchantFactory()):
            buyer = DistributorFactory(level=LevelFactory())
            Level.objects.update(own_discount=50)
    sku = SkuFactory(price=Decimal("19.90"))
    order = place(seller, {sku.pk: 3}, buyer=buyer)
    assert order.lines.get().discount == 0
    assert order.customer.identifier == "+8613800000001"


def test_a_level_sells_a_category_with_all_below_it_and_single_products(merchant, level):
    tea = ensure_category(merchant=merchant, path="Tea")
    puer = ensure_category(merchant=merchant, path="Tea/Puer")
    ensure_category(merchant=merchant, path="Cups")
    inside, single, outside = (
        ProductFactory(category=puer), ProductFactory(), ProductFactory(),
    )  # fmt: skip
    let_sell(level, categories=[tea], products=[single])
    level.refresh_from_db()
    assert set(Product.objects.filter(sellable(level))) == {inside, single}
    assert list(top_categories().filter(sellable_categories(level))) == [tea]
    assert set(Product.objects.filter(sellable(None))) == {inside, single, outside}


def test_a_shop_takes_no_order_for_goods_its_level_does_not_sell(merchant, level):
    allowed, other = SkuFactory(stock=5), SkuFactory(stock=5)
    let_sell(level, products=[allowed.product])
    shop = DistributorFactory(level=level)
    with pytest.raises(OrderRefused):
        place(shop, {allowed.pk: 1, other.pk: 1})
    assert not Order.objects.exists()
    other.refresh_from_db()
    assert other.stock == 5
    assert place(shop, {allowed.pk: 1}).lines.count() == 1


def test_an_empty_choice_is_refused_and_foreign_goods_too(merchant, level):
    with scope(merchant=MerchantFactory()):
        foreign = ProductFactory()
    for goods in ({}, {"products": [foreign]}):
        with pytest.raises(LevelRefused):
            let_sell(level, **goods)
    level.refresh_from_db()
    assert level.goods == "all"
