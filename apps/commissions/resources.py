"""The commission file, in the columns and rows of the command line."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.commissions.selectors import COLUMNS, rows_of
from apps.core.resources import RowsExportResource


class CommissionExport(RowsExportResource):
    header = COLUMNS

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        return rows_of(queryset)
