"""Product files, in and out, in the columns of the command line: one SKU a row."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.core.resources import RowsExportResource, ServiceImportResource
from apps.products.models import PATH_SEPARATOR, Category, Sku
from apps.products.services.importing import PRODUCT_COLUMNS, import_products

ROWS_PER_FETCH = 2000


class ProductImport(ServiceImportResource):
    required = PRODUCT_COLUMNS
    import_rows = staticmethod(import_products)


class ProductExport(RowsExportResource):
    header = PRODUCT_COLUMNS

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        paths = category_paths()
        skus = Sku.objects.filter(product__in=queryset.order_by().values("pk"))
        found = skus.select_related("product").order_by("code")
        for sku in found.iterator(chunk_size=ROWS_PER_FETCH):
            path = paths.get(sku.product.category_id, "")
            yield (sku.code, sku.product.name, path, sku.price, sku.cost, sku.stock)


def category_paths() -> dict[int, str]:
    """Category id → its path such as 茶/普洱, in one query; parents come before children."""
    paths: dict[int, str] = {}
    rows = Category.objects.order_by("tree_id", "lft").values_list("pk", "parent_id", "name")
    for pk, parent_id, name in rows:
        paths[pk] = f"{paths[parent_id]}{PATH_SEPARATOR}{name}" if parent_id else name
    return paths
