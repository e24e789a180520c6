"""Level and distributor files, in and out, in the columns of the command line."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.core.resources import RowsExportResource, ServiceImportResource, phone_cell
from apps.distributors.services.importing import (
    DISTRIBUTOR_COLUMNS,
    LEVEL_COLUMNS,
    import_distributors,
    import_levels,
)

ROWS_PER_FETCH = 2000


class LevelImport(ServiceImportResource):
    required = LEVEL_COLUMNS
    import_rows = staticmethod(import_levels)


class LevelExport(RowsExportResource):
    header = LEVEL_COLUMNS

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        return queryset.order_by("rank").values_list(*LEVEL_COLUMNS).iterator()


class DistributorImport(ServiceImportResource):
    required = DISTRIBUTOR_COLUMNS
    names_actor = True
    import_rows = staticmethod(import_distributors)


class DistributorExport(RowsExportResource):
    """Uplines before the people below them."""

    header = DISTRIBUTOR_COLUMNS

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        found = queryset.select_related("parent", "level", "merchant").order_by("tree_id", "lft")
        for each in found.iterator(chunk_size=ROWS_PER_FETCH):
            yield (
                each.code,
                each.parent.code if each.parent else "",
                each.name,
                phone_cell(str(each.phone or "")),
                each.level.code if each.level else "",
                each.joined_at.astimezone(each.merchant.zone),
                str(each.status),
            )
