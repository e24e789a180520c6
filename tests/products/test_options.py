"""What SKUs of a product differ in: every combination once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.products.models import Product, Sku, Supplier
from apps.products.services.catalogue import save_product, save_sku, set_options
from apps.products.services.options import Option
from apps.products.services.refusals import ProductRefused
from tests.factories import MerchantFactory, ProductFactory, SkuFactory

COLOUR = Option("颜色", ("红", "白"))


@pytest.fixture
def product(merchant):
    return ProductFactory(code="P")


def save(product, code, combination, **more):
    values = {"price": Decimal(1), "cost": Decimal(0), "stock": None} | more
    return save_sku(product=product, code=code, combination=combination, **values)


def test_skus_of_every_combination(product):
    SkuFactory(code="P-1", product=ProductFactory())
    made = set_options(product=product, options=[COLOUR, Option("规格", ("大",))], price=Decimal(9))
    assert [(sku.code, sku.combination, sku.values) for sku in made] == [
        ("P-2", "红 / 大", ["红", "大"]),
        ("P-3", "白 / 大", ["白", "大"]),
    ]
    assert set_options(product=product, options=[COLOUR, Option("规格", ("大",))], price=1) == []


def test_a_combination_stands_once(product):
    set_options(product=product, options=[COLOUR])
    product.refresh_from_db()
    save(product, "A", "红")
    with pytest.raises(ProductRefused):
        save(product, "B", "红")
    with pytest.raises(ProductRefused, match="not a combination"):
        save(product, "B", "蓝")
    save(product, "B", "")
    save(product, "C", "")
    assert Sku.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        Sku.objects.filter(code="B").update(combination="红")


@pytest.mark.parametrize(
    "options",
    [
        [Option("a", ())],
        [Option("", ("x",))],
        [Option("a", ("x", "x "))],
        [Option("a", ("x",)), Option("a", ("y",))],
        [Option("a", ("x/y",))],
        [Option("a", ("x:y",))],
        [Option("a", ("x" * 31,))],
        [Option("a", tuple(map(str, range(21))))],
        [Option(name, ("x",)) for name in "abcd"],
    ],
)
def test_options_that_cannot_be(product, options):
    with pytest.raises(ProductRefused):
        set_options(product=product, options=options)
    assert Product.objects.get(pk=product.pk).options == []


def test_too_many_combinations(product):
    options = [Option(name, tuple(map(str, range(20)))) for name in "ab"]
    with pytest.raises(ProductRefused, match="400 combinations"):
        set_options(product=product, options=options, price=Decimal(1))
    assert not Sku.objects.exists()


def test_a_value_in_use_stays(product):
    set_options(product=product, options=[COLOUR], price=Decimal(1))
    with pytest.raises(ProductRefused):
        set_options(product=product, options=[Option("颜色", ("红",))])
    set_options(product=product, options=[Option("颜色", ("白", "红", "蓝"))])
    assert Product.objects.get().options[0]["values"] == ["白", "红", "蓝"]


def test_a_description_is_cleaned(product):
    saved = save_product(
        merchant=product.merchant, product=product, code="P", name="n",
        description="<p onclick=alert(1)>Tea<script>alert(1)</script></p>",
    )  # fmt: skip
    assert saved.description == "<p>Tea</p>"


@pytest.mark.parametrize(
    "values",
    [
        {"market_price": Decimal("0.99")},
        {"floor_price": Decimal("1.01")},
        {"floor_price": Decimal("-1")},
    ],
)
def test_prices_that_make_no_sense(product, values):
    with pytest.raises(ProductRefused):
        save(product, "A", "", **values)
    assert not Sku.objects.exists()


def test_another_merchants_supplier(product):
    foreign = Supplier.objects.create(merchant=MerchantFactory(), code="S", name="S")
    with pytest.raises(ProductRefused, match="another merchant"):
        save(product, "A", "", supplier=foreign)
