"""Take in a merchant's refund file."""

from apps.core.management.import_command import ImportCommand
from apps.orders.services.importing import import_refunds
from apps.orders.services.refund_file import REFUND_COLUMNS, REFUND_OPTIONAL


class Command(ImportCommand):
    help = "Import refunds from a CSV file, one row per refunded line."
    columns = REFUND_COLUMNS
    optional = REFUND_OPTIONAL
    import_rows = staticmethod(import_refunds)
