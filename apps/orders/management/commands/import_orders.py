"""Take in a merchant's order file."""

from apps.core.csv_files import read_rows
from apps.core.management.merchant_command import MerchantCommand
from apps.orders.services.importing import import_orders
from apps.orders.services.order_file import ORDER_COLUMNS


class Command(MerchantCommand):
    help = f"Import order lines from a CSV file: {','.join(ORDER_COLUMNS)}"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE")

    def handle_merchant(self, merchant, *, file, **options):
        rows = read_rows(self.read_file(file), required=ORDER_COLUMNS)
        self.stdout.write(f"import_orders: {import_orders(merchant=merchant, rows=rows)}")
