"""Tables to take home: CSV at any size, or a workbook of a bounded one."""

from collections.abc import Iterable, Sequence
from itertools import islice

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.core.csv_output import csv_lines
from apps.core.xlsx_output import xlsx_file

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A workbook is put together in memory, and few programs open a larger one gladly.
MOST_XLSX_ROWS = 50_000


def table_response(
    file_format: str,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    about: Sequence[Sequence[object]] = (),
) -> HttpResponse | StreamingHttpResponse:
    """The table as a download, `xlsx` or else CSV, both with the same cells.

    A workbook of more than MOST_XLSX_ROWS rows is refused with a page of text (400).
    """
    if file_format != "xlsx":
        return StreamingHttpResponse(
            csv_lines(header, rows, bom=True, about=about),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
    kept = list(islice(rows, MOST_XLSX_ROWS + 1))
    if len(kept) > MOST_XLSX_ROWS:
        text = _("A workbook holds at most %(most)s rows here. Download the CSV instead.")
        return HttpResponse(
            text % {"most": MOST_XLSX_ROWS},
            status=400,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(
        xlsx_file(header, kept, about=about),
        content_type=XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )
