from apps.commissions.selectors import COLUMNS, commission_rows
from apps.core.management.merchant_command import MerchantCommand


class Command(MerchantCommand):
    help = "Write commissions and their reversals as CSV to standard output."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--from", dest="date_from", metavar="DATE", help="first day earned")
        parser.add_argument(
            "--to", dest="date_to", metavar="DATE", help="last day earned, included"
        )

    def handle_merchant(self, merchant, *, date_from, date_to, **options):
        rows = commission_rows(
            merchant=merchant,
            date_from=self.parse_day("--from", date_from),
            date_to=self.parse_day("--to", date_to),
        )
        self.write_csv(COLUMNS, rows)
