"""The base of commands that work on one merchant's data."""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.csv_files import MAX_PROBLEMS_SHOWN, ImportRefused, Problem, parse_moment
from apps.core.csv_output import csv_lines


class MerchantCommand(BaseCommand):
    """Adds `--merchant CODE` and runs `handle_merchant` inside that merchant's scope.

    A refused import lists its problems on stderr, one a line, and exits 1.
    """

    def add_arguments(self, parser):
        parser.add_argument("--merchant", required=True, metavar="CODE", help="the merchant's code")

    def handle(self, *args, **options):
        merchant = self.find_merchant(options.pop("merchant"))
        with scope(merchant=merchant):
            try:
                return self.handle_merchant(merchant, **options)
            except ImportRefused as refused:
                raise CommandError(self.list_problems(refused)) from refused

    def handle_merchant(self, merchant, **options):
        raise NotImplementedError

    @staticmethod
    def find_merchant(code: str):
        """The merchant of that code. Raises CommandError naming the ones there are."""
        merchants = apps.get_model("merchants.Merchant").objects
        merchant = merchants.filter(code=code).first()
        if merchant is None:
            known = (
                ", ".join(merchants.order_by("code").values_list("code", flat=True)[:20])
                or "none yet"
            )
            raise CommandError(f"--merchant: there is no merchant “{code}” (there are: {known}).")
        return merchant

    @classmethod
    def list_problems(cls, refused: ImportRefused) -> str:
        return "\n".join([*cls.list_lines(refused.problems), _("Nothing was written.")])

    @staticmethod
    def list_lines(problems: Sequence[Problem]) -> list[str]:
        """The problems, one a line, the first few hundred."""
        shown = [str(problem) for problem in problems[:MAX_PROBLEMS_SHOWN]]
        hidden = len(problems) - len(shown)
        return [*shown, _("… and %(n)s more.") % {"n": hidden}] if hidden else shown

    def write_csv(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Stream rows to standard output; a reader that has seen enough (`| head`) is no error."""
        try:
            for line in csv_lines(header, rows):
                self.stdout.write(line, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more at exit, and would complain there.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @staticmethod
    def read_file(path: str) -> bytes:
        """The bytes of a file. Raises CommandError when it cannot be read."""
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error

    @staticmethod
    def parse_day(option: str, value: str | None) -> date | None:
        """A day, or None where there is none. Raises CommandError."""
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise CommandError(f"{option}: “{value}” is not a date such as 2026-03-01.") from error

    @staticmethod
    def parse_time(option: str, value: str, merchant):
        """An aware time; without an offset it is in the merchant's zone. Raises CommandError."""
        try:
            return parse_moment(value, merchant.zone)
        except ValueError as error:
            raise CommandError(f"{option}: {error}") from error
