"""Writing CSV that any program, and any spreadsheet, reads safely."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain

BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """The text of one value: money with two decimals, ISO times, words that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return str(value)


class _Echo:
    """Gives each written line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    bom: bool = False,
    about: Sequence[Sequence[object]] = (),
) -> Iterator[str]:
    """The lines of a CSV file, one at a time, so that it streams at any size: the header first.

    Every value goes through `safe_cell`. With `bom`, Excel recognises UTF-8. Rows `about` the file
    stand above the header.
    """
    writer = csv.writer(_Echo(), lineterminator="\n")
    start = BOM if bom else ""
    for row in chain(about, [header], rows):
        yield start + writer.writerow(map(safe_cell, row))
        start = ""
