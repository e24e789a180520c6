"""The base of commands that take in one merchant's CSV file."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, read_rows
from apps.core.management.merchant_command import MerchantCommand


class ImportCommand(MerchantCommand):
    """Reads FILE with `columns`, hands its rows to `import_rows` and prints what that did."""

    columns: Sequence[str]
    optional: Sequence[str] = ()
    import_rows: Callable[..., ImportReport]

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help=f"CSV: {self._header()}")

    def _header(self) -> str:
        return ",".join([*self.columns, *(f"[{name}]" for name in self.optional)])

    def handle_merchant(self, merchant, *, file, **options):
        rows = read_rows(self.read_file(file), required=self.columns, optional=self.optional)
        report = self.import_rows(merchant=merchant, rows=rows)
        self.stdout.write(f"{file}: {report}")
        if report.count("unchanged") == len(report.outcomes):
            self.stdout.write(_("Nothing changed."))
