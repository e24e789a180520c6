"""Order and refund files, in and out, in the columns of the command line."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.core.resources import RowsExportResource, ServiceImportResource, phone_cell
from apps.orders.models import OrderLine, Refund
from apps.orders.services.importing import import_orders, import_refunds
from apps.orders.services.order_file import ORDER_COLUMNS, ORDER_OPTIONAL
from apps.orders.services.refund_file import REFUND_COLUMNS, REFUND_OPTIONAL

ROWS_PER_FETCH = 2000
RELATED = ("order__distributor", "order__customer", "order__merchant", "order__store", "sku")


class OrderImport(ServiceImportResource):
    required = ORDER_COLUMNS
    optional = ORDER_OPTIONAL
    import_rows = staticmethod(import_orders)


class RefundImport(ServiceImportResource):
    required = REFUND_COLUMNS
    optional = REFUND_OPTIONAL
    import_rows = staticmethod(import_refunds)


class RefundExport(RowsExportResource):
    """Refunds given back, as the import wants them."""

    header = (*REFUND_COLUMNS, *REFUND_OPTIONAL)

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        found = (
            queryset.filter(status=Refund.Status.REFUNDED)
            .select_related("order_line__order", "merchant", "undoes")
            .order_by("refunded_at", "pk")
        )
        for refund in found.iterator(chunk_size=ROWS_PER_FETCH):
            yield (
                refund.refund_no,
                refund.order_line.order.order_no,
                refund.order_line.line_no,
                refund.quantity,
                abs(refund.amount),
                refund.refunded_at.astimezone(refund.merchant.zone),
                refund.undoes and refund.undoes.refund_no,
            )


class OrderExport(RowsExportResource):
    """One row per line, as the import wants them."""

    header = (*ORDER_COLUMNS, *ORDER_OPTIONAL)

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        lines = (
            OrderLine.objects.filter(order__in=queryset.order_by().values("pk"))
            .select_related(*RELATED)
            .order_by("order__placed_at", "order_id", "line_no")
        )
        for line in lines.iterator(chunk_size=ROWS_PER_FETCH):
            order, zone = line.order, line.order.merchant.zone
            yield (
                order.order_no,
                line.line_no,
                line.sku.code,
                line.quantity,
                line.unit_price,
                line.discount,
                order.shipping_amount,
                order.distributor.code if order.distributor else "",
                phone_cell(order.customer.identifier),
                order.region,
                order.paid_at and order.paid_at.astimezone(zone),
                order.completed_at and order.completed_at.astimezone(zone),
                str(order.status),
                order.store.code if order.store else "",
            )
