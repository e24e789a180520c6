"""Product files, in and out, in the columns of the command line: one SKU a row."""

from collections.abc import Iterator
from typing import Any

import tablib
from django.db.models import QuerySet

from apps.core.resources import MerchantCsv, RowsExportResource, ServiceImportResource
from apps.products.selectors.file_rows import picture_files, product_rows, zip_file
from apps.products.services.archive import is_archive, open_archive
from apps.products.services.importing import MORE_COLUMNS, PRODUCT_COLUMNS, import_products


class ProductImport(ServiceImportResource):
    required = PRODUCT_COLUMNS
    optional = MORE_COLUMNS
    import_rows = staticmethod(import_products)

    def unpack(self, content: bytes, dry_run: bool) -> tuple[bytes, dict[str, Any]]:
        if not is_archive(content):
            return content, {}
        archive = open_archive(content)
        return archive.csv, {"archive": archive, "write_files": not dry_run}


class ProductExport(RowsExportResource):
    header = (*PRODUCT_COLUMNS, *MORE_COLUMNS)

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        return product_rows(queryset)

    def export(self, queryset: QuerySet | None = None, **kwargs: Any) -> tablib.Dataset:
        dataset = super().export(queryset, **kwargs)
        dataset.pictures = picture_files(queryset)
        return dataset


class ProductZip(MerchantCsv):
    """The CSV with the pictures it names: what an import takes in again without any change."""

    def get_title(self) -> str:
        return "zip"

    def get_extension(self) -> str:
        return "zip"

    def get_content_type(self) -> str:
        return "application/zip"

    def can_import(self) -> bool:
        return False

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return zip_file(super().export_data(dataset, **kwargs), dataset.pictures)
