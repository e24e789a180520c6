"""`export_ranking`: the ranking of a period as CSV on standard output."""

from datetime import date
from itertools import islice

from django.core.management.base import CommandError

from apps.core.errors import Refused
from apps.core.management.merchant_command import MerchantCommand
from apps.insights.selectors import RANKING_HEADER, RANKING_KEYS, ranking


class Command(MerchantCommand):
    help = "Write the ranking of all distributors over a period, net of refunds, as CSV."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--from",
            dest="date_from",
            required=True,
            metavar="DATE",
            help="first day, e.g. 2026-03-01",
        )
        parser.add_argument(
            "--to", dest="date_to", required=True, metavar="DATE", help="last day, included"
        )
        parser.add_argument(
            "--by", default=RANKING_KEYS[0], metavar="KEY", help=f"one of {', '.join(RANKING_KEYS)}"
        )
        parser.add_argument("--top", metavar="N", help="only the first N rows")

    def handle_merchant(self, merchant, *, date_from, date_to, by, top, **options):
        first, last, limit = (
            parse_day("--from", date_from),
            parse_day("--to", date_to),
            parse_top(top),
        )
        try:
            rows = ranking(merchant=merchant, date_from=first, date_to=last, by=by)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.write_csv(RANKING_HEADER, (row.cells() for row in islice(rows, limit)))


def parse_day(option: str, value: str) -> date:
    """A day such as 2026-03-01. Raises CommandError."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise CommandError(f"{option}: “{value}” is not a day such as 2026-03-01.") from error


def parse_top(value: str | int | None) -> int | None:
    """How many rows; None for all. Raises CommandError."""
    if value is None:
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise CommandError(f"--top: “{value}” is not a whole number above zero.")
    return int(text)
