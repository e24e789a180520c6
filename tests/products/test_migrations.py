"""What an upgraded site's stock and pictures become."""

import importlib

from django.apps import apps

from apps.products.models import (
    Product,
    ProductPicture,
    Sku,
    StockMovement,
    Warehouse,
    WarehouseStock,
)
from tests.factories import MerchantFactory, ProductFactory, SkuFactory

migration = importlib.import_module("apps.products.migrations.0003_stock_ledger")


def test_stock_of_before_opens_the_ledger(merchant):
    first, none = SkuFactory(code="A", stock=0), SkuFactory(code="B", stock=0)
    other = SkuFactory(merchant=MerchantFactory(), stock=0)
    Sku.objects.filter(pk=first.pk).update(stock=7)
    Sku.objects.with_scopes_disabled().filter(pk=other.pk).update(stock=3)

    migration.open_ledger(apps, None)

    home = Warehouse.objects.get()
    assert (home.code, home.name, home.kind, home.is_active) == (
        "MAIN",
        "Main warehouse",
        "network",
        True,
    )
    assert list(WarehouseStock.objects.values_list("sku", "quantity")) == [(first.pk, 7)]
    moved = StockMovement.objects.get()
    assert (moved.sku, moved.quantity, moved.reason) == (first, 7, "opening")
    assert not none.movements.exists()
    every = StockMovement.objects.with_scopes_disabled().filter(merchant=other.merchant)
    assert [each.quantity for each in every] == [3]


def test_the_picture_of_before_is_the_first(merchant):
    product = ProductFactory()
    ProductFactory()
    Product.objects.filter(pk=product.pk).update(
        image="products/1-ab.webp", image_width=60, image_height=40
    )

    migration.adopt_pictures(apps, None)

    shown = ProductPicture.objects.get()
    assert (shown.product, shown.position, shown.file.name, shown.width, shown.height) == (
        product, 1, "products/1-ab.webp", 60, 40,
    )  # fmt: skip
    assert shown.srcset == ""
    assert shown.small_url.endswith("1-ab.webp")
