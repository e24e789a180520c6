from datetime import date

from django.core.management.base import CommandError

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

    def handle_merchant(self, merchant, **options):
        days = {name: self.parse_day(name, options[name]) for name in ("date_from", "date_to")}
        rows = commission_rows(merchant=merchant, **days)
        self.write_csv(COLUMNS, rows)

    @staticmethod
    def parse_day(name: str, value: str | None) -> date | None:
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            option = name.replace("date_", "--")
            raise CommandError(f"{option}: “{value}” is not a date such as 2026-03-01.") from error
