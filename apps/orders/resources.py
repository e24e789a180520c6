"""Order and refund files, in and out, in the columns of the command line."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone

from apps.core.resources import RowsExportResource, ServiceImportResource, phone_cell
from apps.orders.models import CouponUse, OrderLine, Refund
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


class CouponExport(RowsExportResource):
    """Coupons with what they brought."""

    header = (
        "code",
        "name",
        "kind",
        "amount",
        "percent",
        "cap",
        "minimum",
        "starts_at",
        "ends_at",
        "total_uses",
        "uses_per_customer",
        "first_order_only",
        "shop",
        "state",
        "uses",
        "took_off",
        "sales",
    )

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        now = timezone.now()
        for coupon in queryset.select_related("merchant", "shop"):
            zone = coupon.merchant.zone
            yield (
                coupon.code,
                coupon.name,
                str(coupon.kind),
                coupon.amount,
                coupon.percent,
                coupon.cap,
                coupon.minimum,
                coupon.starts_at.astimezone(zone),
                coupon.ends_at and coupon.ends_at.astimezone(zone),
                coupon.total_uses,
                coupon.uses_per_customer,
                int(coupon.first_order_only),
                coupon.shop.code if coupon.shop else "",
                coupon.state_at(now),
                coupon.used,
                coupon.given,
                coupon.sales,
            )


class CouponUseExport(RowsExportResource):
    """Orders placed with coupons."""

    header = ("coupon", "order_no", "customer", "took_off", "used_at", "given_back_at")

    def rows(self, queryset: QuerySet) -> Iterator[tuple]:
        found: QuerySet[CouponUse] = queryset.select_related(
            "merchant", "coupon", "order", "customer"
        )
        for use in found.iterator(chunk_size=ROWS_PER_FETCH):
            zone = use.merchant.zone
            yield (
                use.coupon.code,
                use.order.order_no,
                phone_cell(use.customer.identifier),
                use.discount,
                use.used_at.astimezone(zone),
                use.returned_at and use.returned_at.astimezone(zone),
            )
