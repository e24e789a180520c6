"""Products as the rows of a file that an import takes in again without any change."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.products.models import PATH_SEPARATOR, Category, LevelPrice, ProductPicture, Sku

ROWS_PER_FETCH = 2000
# A file of before 1980 cannot be in a ZIP; the same goods always give the same bytes.
MOMENT = (1980, 1, 1, 0, 0, 0)


def product_rows(products: QuerySet) -> Iterator[tuple]:
    """Every SKU of these products in the order of their codes, with all columns of a file."""
    paths = category_paths()
    skus = Sku.objects.filter(product__in=products.order_by().values("pk"))
    prices = LevelPrice.objects.select_related("level").order_by("level__rank")
    found = skus.select_related("product", "supplier").prefetch_related(
        Prefetch("level_prices", prices), "product__pictures"
    )
    named: set[int] = set()
    for sku in found.order_by("code").iterator(chunk_size=ROWS_PER_FETCH):
        yield (
            sku.code,
            sku.product.name,
            paths.get(sku.product.category_id, ""),
            sku.price,
            sku.cost,
            sku.stock,
            sku.product.code,
            _options(sku),
            sku.market_price,
            sku.floor_price,
            sku.supplier.code if sku.supplier else "",
            sku.low_stock,
            ";".join(f"{row.level.code}:{_money(row.price)}" for row in sku.level_prices.all()),
            # Once a product, on its first line.
            "" if sku.product_id in named else _images(sku),
        )
        named.add(sku.product_id)


def _options(sku: Sku) -> str:
    pairs = zip(sku.product.options, sku.values, strict=False)
    return ";".join(f"{option['name']}:{value}" for option, value in pairs)


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _images(sku: Sku) -> str:
    return ";".join(picture.file_name for picture in sku.product.pictures.all())


def picture_files(products: QuerySet) -> dict[str, Any]:
    """Name in the file → the picture's file, of all these products."""
    pictures = ProductPicture.objects.filter(product__in=products.order_by().values("pk"))
    return {each.file_name: each.file for each in pictures.order_by("product", "position")}


def zip_file(csv: bytes, pictures: Mapping[str, Any]) -> bytes:
    """The CSV and the pictures in one file; the same goods give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("products.csv", MOMENT), csv, compress_type=zipfile.ZIP_DEFLATED
        )
        for name, file in pictures.items():
            with file.storage.open(file.name) as source:
                # Pictures are compressed already.
                archive.writestr(zipfile.ZipInfo(f"images/{name}", MOMENT), source.read())
    return out.getvalue()


def category_paths() -> dict[int, str]:
    """Category id → its path such as 茶/普洱, in one query; parents come before children."""
    paths: dict[int, str] = {}
    rows = Category.objects.order_by("tree_id", "lft").values_list("pk", "parent_id", "name")
    for pk, parent_id, name in rows:
        paths[pk] = f"{paths[parent_id]}{PATH_SEPARATOR}{name}" if parent_id else name
    return paths
