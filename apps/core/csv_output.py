"""Writing CSV that any program, and any spreadsheet, reads safely, in chunks of any length."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice

BOM = "\ufeff"
ROWS_PER_CHUNK = 1000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
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


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False
) -> Iterator[str]:
    """The file as pieces of text, about a thousand rows each: it streams at any size.

    Every value goes through `cell`. With `bom`, Excel recognises UTF-8.
    """
    rows = iter(rows)
    batch: list[Sequence[object]] = [header]
    start = BOM if bom else ""
    while batch:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(map(cell, row) for row in batch)
        yield start + text.getvalue()
        start = ""
        batch = list(islice(rows, ROWS_PER_CHUNK))
