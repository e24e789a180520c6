"""The withdrawal file."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.core.resources import RowsExportResource

ROWS_PER_FETCH = 2000


class WithdrawalExport(RowsExportResource):
    """Without account numbers: those leave the site in bank files only."""

    header = (
        "withdrawal",
        "code",
        "name",
        "amount",
        "status",
        "submitted_at",
        "reviewed_at",
        "settled_at",
        "reason",
    )

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        found = queryset.select_related("distributor", "merchant").order_by("pk")
        for each in found.iterator(chunk_size=ROWS_PER_FETCH):
            zone = each.merchant.zone
            yield (
                str(each),
                each.distributor.code,
                each.distributor.name,
                each.amount,
                str(each.status),
                each.submitted_at.astimezone(zone),
                each.reviewed_at and each.reviewed_at.astimezone(zone),
                each.settled_at and each.settled_at.astimezone(zone),
                each.reason,
            )
