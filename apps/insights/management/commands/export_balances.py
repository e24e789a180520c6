"""`export_balances`: everybody's balances as CSV on standard output."""

from apps.core.management.merchant_command import MerchantCommand
from apps.insights.selectors import BALANCES_HEADER, balances


class Command(MerchantCommand):
    help = "Write every distributor's balances as CSV, now or as they stood at a moment."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--as-of", metavar="TIME", help="ISO 8601; without an offset in the merchant's zone"
        )

    def handle_merchant(self, merchant, *, as_of=None, **options):
        moment = self.parse_time("--as-of", as_of, merchant) if as_of is not None else None
        rows = balances(merchant=merchant, as_of=moment)
        self.write_csv(BALANCES_HEADER, (row.cells() for row in rows))
