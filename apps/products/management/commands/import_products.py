from apps.core.management.import_command import ImportCommand
from apps.products.services import PRODUCT_COLUMNS, import_products


class Command(ImportCommand):
    help = "Import products: one SKU a row, made or brought up to date by its code."
    columns = PRODUCT_COLUMNS
    import_rows = staticmethod(import_products)
