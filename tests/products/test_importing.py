"""Taking in products, as a service and from the command line."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django_scopes import scope, scopes_disabled

from apps.core.csv_files import ImportRefused, read_rows
from apps.products.models import Category, Product, Sku
from apps.products.services.importing import PRODUCT_COLUMNS, import_products
from tests.factories import MerchantFactory, ProductFactory, SkuFactory

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "products.csv")
HEADER = "sku,name,category,price,cost,stock\n"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def load(merchant, text, header=HEADER):
    rows = read_rows((header + text).encode(), required=PRODUCT_COLUMNS)
    return import_products(merchant=merchant, rows=rows)


def stored():
    return [
        (
            sku.code,
            sku.product.code,
            sku.product.name,
            sku.product.category.path if sku.product.category else "",
            sku.price,
            sku.cost,
            sku.stock,
        )
        for sku in Sku.objects.order_by("code")
    ]


def test_products_and_their_categories_are_made(merchant):
    report = load(
        merchant,
        "T-1,古树生普饼,茶/普洱,268.00,142.5,600\n"
        "T-2,白毫银针, 茶 / 白茶 ,358,0,0\n"
        "C-1,紫砂壶,,1,1,1\n",
    )
    assert str(report) == "3 created, 0 updated, 0 unchanged"
    assert stored() == [
        ("C-1", "C-1", "紫砂壶", "", Decimal("1.00"), Decimal("1.00"), 1),
        ("T-1", "T-1", "古树生普饼", "茶/普洱", Decimal("268.00"), Decimal("142.50"), 600),
        ("T-2", "T-2", "白毫银针", "茶/白茶", Decimal("358.00"), Decimal("0.00"), 0),
    ]
    assert Category.objects.count() == 3
    assert Product.objects.filter(is_listed=True).count() == 3


def test_the_same_file_changes_nothing_and_another_updates(merchant):
    text = "T-1,a,茶/普洱,268.00,142.00,600\nT-2,b,茶,1,1,1\n"
    load(merchant, text)
    assert str(load(merchant, text)) == "0 created, 0 updated, 2 unchanged"
    report = load(merchant, "T-1,c,茶具,2.01,3,4\nT-2,b,茶,1.00,1,1\nT-3,d,,1,1,1\n")
    assert report.outcomes == [
        (2, "updated", "T-1"),
        (3, "unchanged", "T-2"),
        (4, "created", "T-3"),
    ]
    assert stored()[0] == ("T-1", "T-1", "c", "茶具", Decimal("2.01"), Decimal("3.00"), 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (",n,,1,1,1\n", [(2, "sku", "is empty; a value is needed.")]),
        ("S,,,1,1,1\n", [(2, "name", "is empty; a value is needed.")]),
        ("S,n,,,1,1\n", [(2, "price", "is empty; a value is needed.")]),
        ("S,n,,-1,1,1\n", [(2, "price", "“-1” is negative.")]),
        ("S,n,,1.005,1,1\n", [(2, "price", "“1.005” is not an amount with at most two decimals.")]),
        ("S,n,,NaN,1,1\n", [(2, "price", "“NaN” is not an amount with at most two decimals.")]),
        ("S,n,,1,1e99,1\n", [(2, "cost", "“1e99” is not an amount with at most two decimals.")]),
        ("S,n,,1,-0.01,1\n", [(2, "cost", "“-0.01” is negative.")]),
        ("S,n,,1,1,-1\n", [(2, "stock", "“-1” is less than 0.")]),
        ("S,n,,1,1,1.5\n", [(2, "stock", "“1.5” is not a whole number.")]),
        ("S,n,,1,1,1\nS,n,,1,1,1\n", [(3, "sku", "“S” stands in line 2 already.")]),
        (
            "S,n,茶//普洱,1,1,1\n",
            [(2, "category", "“茶//普洱” has an empty name; write a path as 茶/普洱.")],
        ),
        (
            "S,n,a/b/c/d/e/f,1,1,1\n",
            [(2, "category", "“a/b/c/d/e/f” is deeper than 5 levels.")],
        ),
        ("S" * 65 + ",n,,1,1,1\n", [(2, "sku", "is longer than 64 characters.")]),
        ("P,n,,1,1,1\n", [(2, "sku", "“P” is the code of a product without such a SKU.")]),
        (
            "S1,n,,1,1,1\nS2,m,x,1,1,1\n",
            [
                (3, "name", "differs from line 2, which is the same product."),
                (3, "category", "differs from line 2, which is the same product."),
            ],
        ),
        ("S,n,,1,1\n", [(2, "", "has 5 cells, the header has 6.")]),
        ("", [(0, "", "has a header but no rows.")]),
        (
            ",,,x,-2,y\n",
            [
                (2, "sku", "is empty; a value is needed."),
                (2, "name", "is empty; a value is needed."),
                (2, "price", "“x” is not an amount with at most two decimals."),
                (2, "cost", "“-2” is negative."),
                (2, "stock", "“y” is not a whole number."),
            ],
        ),
    ],
)
def test_bad_files(merchant, text, found):
    product = ProductFactory(code="P", name="two sizes")
    SkuFactory(product=product, code="S1")
    SkuFactory(product=product, code="S2")
    before = stored()
    with pytest.raises(ImportRefused) as refused:
        load(merchant, text)
    assert [(p.line, p.column, p.reason) for p in refused.value.problems] == found
    assert stored() == before
    assert Category.objects.count() == 0


def test_another_merchants_goods_are_left_alone(merchant):
    other = MerchantFactory()
    with scope(merchant=other):
        load(other, "T-1,theirs,茶,1,1,1\n")
    load(merchant, "T-1,ours,茶,2,2,2\n")
    load(merchant, "T-1,ours again,茶,2,2,2\n")
    with scope(merchant=other):
        assert [row[2] for row in stored()] == ["theirs"]
    with scopes_disabled():
        assert Category.objects.filter(name="茶").count() == 2


def run(*arguments):
    out = StringIO()
    call_command("import_products", *arguments, stdout=out)
    return out.getvalue()


def test_the_example_goes_in_once(merchant):
    arguments = ("--merchant", merchant.code, EXAMPLE)
    assert run(*arguments) == f"{EXAMPLE}: 12 created, 0 updated, 0 unchanged\n"
    assert run(*arguments) == (f"{EXAMPLE}: 0 created, 0 updated, 12 unchanged\nNothing changed.\n")
    assert Sku.objects.count() == 12


def test_a_bad_file_exits_with_1(merchant, tmp_path):
    file = tmp_path / "products.csv"
    file.write_text(HEADER + "S,n,茶,1,1,1\nT,n,茶,-1,1,1\n")
    with pytest.raises(CommandError) as error:
        run("--merchant", merchant.code, str(file))
    assert str(error.value) == "line 3, price: “-1” is negative.\nNothing was written."
    assert error.value.returncode == 1
    assert Sku.objects.count() == Category.objects.count() == 0
