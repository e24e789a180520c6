"""Writing workbooks whose cells are words and numbers, never formulas."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from itertools import chain
from typing import Any

from openpyxl import Workbook

from apps.core.csv_output import safe_cell


def xlsx_file(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    about: Sequence[Sequence[object]] = (),
) -> bytes:
    """One sheet with the same cells as `csv_lines` writes; numbers stay numbers.

    It is put together in memory: the caller bounds the rows.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in chain(about, [header], rows):
        sheet.append([_cell(value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(value: Any) -> Any:
    """Numbers stay numbers; text that a spreadsheet would run does not; times are ISO text."""
    return value if isinstance(value, int | Decimal) else safe_cell(value)
