"""What can be bought, as shops show it."""

from decimal import Decimal

import pytest

from apps.products.models import Category
from apps.products.selectors import listed_products, top_categories
from tests.factories import ProductFactory, SkuFactory


def test_each_product_knows_its_lowest_price(merchant):
    sku = SkuFactory(price=Decimal("30.00"))
    SkuFactory(product=sku.product, price=Decimal("12.50"))

    product = listed_products().get()

    assert (product.price_from, product.sku_count) == (Decimal("12.50"), 2)


def test_what_is_not_listed_or_has_no_sku_is_not_shown(merchant):
    ProductFactory()
    SkuFactory(product__is_listed=False)
    sku = SkuFactory()

    assert list(listed_products()) == [sku.product]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("银针", True),
        ("花香", True),
        ("bhyz-1", True),
        ("bhyz", False),
        (" 银针\x00 ", True),
        ("%", False),
    ],
)
def test_search_reads_name_selling_point_and_whole_code(merchant, query, found):
    SkuFactory(product__name="白毫银针", product__summary="清甜花香", product__code="BHYZ-1")

    assert listed_products(query=query).exists() is found


def test_only_the_first_level_of_categories_by_name(merchant):
    tea = Category.objects.create(merchant=merchant, name="b")
    Category.objects.create(merchant=merchant, name="c", parent=tea)
    cups = Category.objects.create(merchant=merchant, name="a")

    assert list(top_categories()) == [cups, tea]
