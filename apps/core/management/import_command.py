"""The base of commands that take in one merchant's CSV file."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.bulk import no_search_for_cycles
from apps.core.csv_files import ImportReport, read_rows
from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress


class ImportCommand(MerchantCommand):
    """Reads FILE with `columns`, hands its rows to `import_rows` and prints what that did.

    `in_parts`: the service can leave out lines with faults (`partial`) and tells how far it has
    come (`on_progress`).
    """

    columns: Sequence[str]
    optional: Sequence[str] = ()
    import_rows: Callable[..., ImportReport]
    in_parts = False

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help=f"CSV: {self._header()}")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what the file would do, and write nothing"
        )
        if self.in_parts:
            parser.add_argument(
                "--partial",
                action="store_true",
                help="take in the lines without a fault; exit 1 when any was left out",
            )

    def _header(self) -> str:
        return ",".join([*self.columns, *(f"[{name}]" for name in self.optional)])

    @no_search_for_cycles()
    def handle_merchant(self, merchant, *, file, dry_run, partial=False, **options):
        content, more = self.unpack(self.read_file(file), dry_run)
        with Progress(self.stderr) as progress, transaction.atomic():
            rows = read_rows(
                content, required=self.columns, optional=self.optional, partial=partial
            )
            more |= self._more(progress, partial)
            report = self.import_rows(merchant=merchant, rows=rows, **more)
            transaction.set_rollback(dry_run)
        self.stdout.write(f"{file}: {report}")
        if report.count("unchanged") == len(report.outcomes):
            self.stdout.write(_("Nothing changed."))
        if dry_run:
            self.stdout.write(_("Nothing was written: this was a dry run."))
        if report.left_out:
            raise CommandError("\n".join(self.list_lines(report.left_out)))

    def unpack(self, content: bytes, dry_run: bool) -> tuple[bytes, dict[str, Any]]:
        """The CSV in what was handed in, and what else the service gets of it."""
        return content, {}

    def _more(self, progress: Progress, partial: bool) -> dict[str, Any]:
        if not self.in_parts:
            return {}
        return {
            "partial": partial,
            "on_progress": lambda part, done, total: progress.show(part, done=done, total=total),
        }
