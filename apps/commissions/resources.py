"""The commission file, in the columns of the command line."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet

from apps.commissions.selectors import COLUMNS
from apps.core.resources import RowsExportResource

ROWS_PER_FETCH = 2000


class CommissionExport(RowsExportResource):
    header = COLUMNS

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        related = ["order_line__order", "refund", "beneficiary", "plan", "merchant"]
        found = queryset.select_related(*related).order_by("earned_at", "pk")
        for each in found.iterator(chunk_size=ROWS_PER_FETCH):
            order, zone = each.order_line.order, each.merchant.zone
            release_at = order.completed_at and order.completed_at + timedelta(
                days=each.plan.document["hold_days"]
            )
            yield (
                order.order_no,
                each.order_line.line_no,
                each.refund.refund_no if each.refund else "",
                each.beneficiary.code,
                str(each.kind),
                each.depth,
                each.base_amount,
                each.rate,
                each.amount,
                each.state,
                str(each.plan),
                each.earned_at.astimezone(zone),
                release_at and release_at.astimezone(zone),
            )
