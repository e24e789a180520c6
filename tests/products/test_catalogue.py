from decimal import Decimal

import pytest
from django_scopes import scope

from apps.products.models import Product, Sku
from apps.products.services.catalogue import save_product, save_sku
from apps.products.services.categories import ensure_category
from apps.products.services.refusals import ProductRefused
from tests.factories import MerchantFactory, ProductFactory, SkuFactory


def test_a_product_is_made_and_changed(merchant):
    category = ensure_category(merchant=merchant, path="茶/普洱")
    product = save_product(merchant=merchant, code=" P1 ", name=" 熟普 ", category=category)
    assert (product.code, product.name, product.category, product.is_listed) == (
        "P1",
        "熟普",
        category,
        True,
    )
    save_product(
        merchant=merchant, product=product, code="P1", name="生普", summary="s", is_listed=False
    )
    product = Product.objects.get()
    assert (product.name, product.summary, product.category, product.is_listed) == (
        "生普",
        "s",
        None,
        False,
    )


def test_refused_products(merchant):
    ProductFactory(code="taken")
    with scope(merchant=(other := MerchantFactory())):
        foreign = ensure_category(merchant=other, path="x")
    for wrong in ({"code": "taken"}, {"code": " "}, {"name": ""}, {"category": foreign}):
        with pytest.raises(ProductRefused):
            save_product(merchant=merchant, **{"code": "new", "name": "n"} | wrong)
    assert Product.objects.count() == 1


def test_a_sku_is_made_and_changed(merchant):
    product = ProductFactory()
    sku = save_sku(product=product, code="S", price=Decimal("9.90"), cost=Decimal("4.00"), stock=3)
    save_sku(product=product, sku=sku, code="S", price=Decimal("8"), cost=Decimal("0"), stock=0)
    sku = Sku.objects.get()
    assert (sku.merchant, sku.price, sku.cost, sku.stock) == (merchant, 8, 0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "taken"},
        {"code": ""},
        {"price": Decimal("-0.01")},
        {"price": Decimal("1.005")},
        {"cost": Decimal("-1")},
        {"cost": Decimal("NaN")},
        {"price": Decimal("1e20")},
        {"stock": -1},
    ],
)
def test_refused_skus(merchant, wrong):
    SkuFactory(code="taken")
    product = ProductFactory()
    given = {"code": "S", "price": Decimal(1), "cost": Decimal(1), "stock": 1} | wrong
    with pytest.raises(ProductRefused):
        save_sku(product=product, **given)
    assert Sku.objects.count() == 1
