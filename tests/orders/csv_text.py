"""Short tables in, rows as importers read them out."""

import csv
import io
from collections.abc import Sequence

from apps.core.csv_files import ImportRefused, Row, read_rows


def rows_of(
    columns: Sequence[str],
    defaults: dict[str, str],
    lines: Sequence[dict],
    optional: Sequence[str] = (),
) -> list[Row]:
    """The rows of a CSV file with these lines, each completed from `defaults`."""
    content = csv_bytes([*columns, *optional], defaults, lines)
    return read_rows(content, required=columns, optional=optional)


def csv_bytes(columns: Sequence[str], defaults: dict[str, str], lines: Sequence[dict]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns)
    writer.writeheader()
    writer.writerows(defaults | line for line in lines)
    return stream.getvalue().encode()


def found(refused: ImportRefused) -> list[tuple[int, str, str]]:
    """(line, column, reason) of every problem."""
    return [(each.line, each.column, each.reason) for each in refused.problems]
