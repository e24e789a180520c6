"""Take in a merchant's refund file."""

from apps.core.csv_files import read_rows
from apps.core.management.merchant_command import MerchantCommand
from apps.orders.services.importing import import_refunds
from apps.orders.services.refund_importing import REFUND_COLUMNS


class Command(MerchantCommand):
    help = f"Import refunds from a CSV file: {','.join(REFUND_COLUMNS)}"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE")

    def handle_merchant(self, merchant, *, file, **options):
        rows = read_rows(self.read_file(file), required=REFUND_COLUMNS)
        self.stdout.write(f"import_refunds: {import_refunds(merchant=merchant, rows=rows)}")
