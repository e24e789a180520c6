from typing import Any

from apps.core.management.import_command import ImportCommand
from apps.products.services import MORE_COLUMNS, PRODUCT_COLUMNS, import_products
from apps.products.services.archive import is_archive, open_archive


class Command(ImportCommand):
    help = (
        "Import products: one SKU a row, made or brought up to date by its code. FILE may be a ZIP "
        "of the CSV and a folder “images” with the pictures it names."
    )
    columns = PRODUCT_COLUMNS
    optional = MORE_COLUMNS
    import_rows = staticmethod(import_products)

    def unpack(self, content: bytes, dry_run: bool) -> tuple[bytes, dict[str, Any]]:
        if not is_archive(content):
            return content, {}
        archive = open_archive(content)
        return archive.csv, {"archive": archive, "write_files": not dry_run}
