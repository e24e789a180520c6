"""Take in a merchant's order file."""

from apps.core.management.import_command import ImportCommand
from apps.orders.services.importing import import_orders
from apps.orders.services.order_file import ORDER_COLUMNS, ORDER_OPTIONAL


class Command(ImportCommand):
    help = "Import orders from a CSV file, one row per line."
    columns = ORDER_COLUMNS
    optional = ORDER_OPTIONAL
    import_rows = staticmethod(import_orders)
