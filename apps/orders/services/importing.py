"""Taking a merchant's order file in: all of it or nothing.

A file may be sent again and again as orders move on: what is known stays as it is, an order may
only move forward, and anything else that differs is refused with the line and column.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Row
from apps.core.locks import lock_until_commit
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine
from apps.orders.services.lines import build_line, category_paths
from apps.orders.services.lookups import (
    chunks,
    customer_ids_by_identifier,
    distributor_ids_by_code,
    ensure_customers,
    skus_by_code,
    store_ids_by_code,
)
from apps.orders.services.order_file import LineDraft, OrderDraft, read_order_drafts
from apps.orders.services.refund_importing import import_refunds
from apps.products.models import Sku

__all__ = ["import_orders", "import_refunds"]

logger = logging.getLogger(__name__)
Status = Order.Status
WAY = (Status.PENDING, Status.PAID, Status.SHIPPED, Status.COMPLETED)
PROGRESS_FIELDS = ("status", "paid_at", "completed_at", "cancelled_at")


@transaction.atomic
def import_orders(*, merchant: Merchant, rows: Sequence[Row]) -> ImportReport:
    """Import order lines (columns ORDER_COLUMNS), in the scope of `merchant`.

    Amounts are in major units, times without an offset in the merchant's zone. Each line keeps the
    list price, cost, name and category its SKU has now; stock is not touched. Every row is reported
    with what became of its order: created, updated (it moved forward) or unchanged.

    Raises ImportRefused with every fault of the file; then nothing was written.
    """
    lock_until_commit(f"orders.import.{merchant.pk}")
    drafts = read_order_drafts(rows, merchant.zone)
    codes = _Codes(merchant, drafts)
    codes.check(drafts)
    known = _known_orders(merchant, drafts)
    lines = _known_lines(known)
    changed = []
    for draft in drafts:
        order = known.get(draft.order_no)
        if order is not None:
            faults_before = len(draft.row.problems.found)
            _check_same(draft, order, lines[order.pk], codes)
            if _move_forward(draft, order):
                changed.append(order)
            if len(draft.row.problems.found) > faults_before:
                logger.warning(
                    "Order refused: merchant %s, order %s came again with another content",
                    merchant.pk,
                    draft.order_no,
                )
    rows[0].problems.raise_if_any()
    _create([draft for draft in drafts if draft.order_no not in known], merchant, codes)
    Order.objects.bulk_update(changed, PROGRESS_FIELDS, batch_size=100)
    return _report(drafts, known, {order.order_no for order in changed})


class _Codes:
    """What the codes in the file stand for."""

    def __init__(self, merchant: Merchant, drafts: Sequence[OrderDraft]):
        self.skus: dict[str, Sku] = skus_by_code(
            merchant, (line.sku for draft in drafts for line in draft.lines)
        )
        self.distributors = distributor_ids_by_code(
            merchant, (draft.distributor_code for draft in drafts)
        )
        self.stores = store_ids_by_code(merchant, (draft.store for draft in drafts))
        self.customers = customer_ids_by_identifier(merchant, (draft.customer for draft in drafts))

    def check(self, drafts: Sequence[OrderDraft]) -> None:
        """Report every code this merchant does not have."""
        for draft in drafts:
            if draft.distributor_code and draft.distributor_code not in self.distributors:
                draft.row.fail(
                    "distributor_code",
                    _("there is no distributor “%(code)s”.") % {"code": draft.distributor_code},
                )
            if draft.store and draft.store not in self.stores:
                draft.row.fail("store", _("there is no store “%(code)s”.") % {"code": draft.store})
            for line in draft.lines:
                if line.sku and line.sku not in self.skus:
                    line.row.fail("sku", _("there is no SKU “%(code)s”.") % {"code": line.sku})


def _known_orders(merchant: Merchant, drafts: Sequence[OrderDraft]) -> dict[str, Order]:
    """The orders of earlier files, locked: the console may be moving them at this moment."""
    orders = Order.objects.select_for_update().filter(merchant=merchant, source=Order.Source.CSV)
    return {
        order.order_no: order
        for part in chunks(draft.order_no for draft in drafts)
        for order in orders.filter(order_no__in=part).order_by("pk")
    }


def _known_lines(known: dict[str, Order]) -> dict[int, dict[int, OrderLine]]:
    """Order id → its lines by number."""
    lines: dict[int, dict[int, OrderLine]] = {order.pk: {} for order in known.values()}
    for part in chunks(lines):
        for line in OrderLine.objects.filter(order_id__in=part):
            lines[line.order_id][line.line_no] = line
    return lines


def _check_same(
    draft: OrderDraft, order: Order, lines: dict[int, OrderLine], codes: _Codes
) -> None:
    """Report what differs from the order as it was first imported."""
    now_and_before = {
        "customer": (codes.customers.get(draft.customer), order.customer_id),
        "distributor_code": (codes.distributors.get(draft.distributor_code), order.distributor_id),
        "region": (draft.region, order.region),
        **_store_now_and_before(draft, order, codes),
        "shipping": (draft.shipping, order.shipping_amount),
    }
    _report_differences(draft.row, draft.order_no, now_and_before)
    for line in draft.lines:
        if line.line_no in lines:
            _check_same_line(draft, line, lines[line.line_no], codes)
        elif line.line_no is not None:
            line.row.fail(
                "line_no",
                _(
                    "order %(order)s was imported without a line %(number)s, and an order does not "
                    "grow: give the new line an order number of its own."
                )
                % {"order": draft.order_no, "number": line.line_no},
            )
    missing = sorted(lines.keys() - {line.line_no for line in draft.lines})
    if missing:
        draft.row.fail(
            "line_no",
            _(
                "order %(order)s was imported with line %(numbers)s, missing here: list all its "
                "lines, and record what was given back as refunds."
            )
            % {"order": draft.order_no, "numbers": ", ".join(map(str, missing))},
        )


def _store_now_and_before(draft: OrderDraft, order: Order, codes: _Codes) -> dict[str, tuple]:
    """A file without the column says nothing about stores."""
    if "store" not in draft.row.cells:
        return {}
    return {"store": (codes.stores.get(draft.store), order.store_id)}


def _check_same_line(draft: OrderDraft, line: LineDraft, known: OrderLine, codes: _Codes) -> None:
    sku = codes.skus.get(line.sku)
    now_and_before = {
        "sku": (sku.pk if sku else None, known.sku_id),
        "quantity": (line.quantity, known.quantity),
        "unit_price": (line.unit_price, known.unit_price),
        "discount": (line.discount, known.discount),
    }
    _report_differences(line.row, draft.order_no, now_and_before)


def _report_differences(row: Row, order_no: str, now_and_before: dict[str, tuple]) -> None:
    for column, (now, before) in now_and_before.items():
        if now != before:
            row.fail(
                column,
                _(
                    "is not what order %(order)s was imported with, and an order is never "
                    "rewritten: record a refund, or use an order number of its own."
                )
                % {"order": order_no},
            )


def _move_forward(draft: OrderDraft, order: Order) -> bool:
    """Take the order to where the file says it is; whether that changed anything."""
    if draft.status is None or not _is_ahead(draft, order):
        return False
    if order.status == Status.CLOSED:
        return False
    for column in ("paid_at", "completed_at"):
        _check_time_kept(draft, column, getattr(order, column), getattr(draft, column))
    if (draft.status, draft.paid_at, draft.completed_at) == (
        order.status,
        order.paid_at,
        order.completed_at,
    ):
        return False
    if draft.status == Status.CANCELLED and order.status != Status.CANCELLED:
        order.cancelled_at = timezone.now()
    order.status, order.paid_at = draft.status, draft.paid_at
    order.completed_at = draft.completed_at
    return True


def _is_ahead(draft: OrderDraft, order: Order) -> bool:
    """Whether the file's status may follow the known one; if not, that is reported."""
    if draft.status == order.status or (draft.status, order.status) == (
        Status.CANCELLED,
        Status.CLOSED,
    ):
        return True
    words = {"order": draft.order_no, "status": order.status}
    if order.status in (Status.CANCELLED, Status.CLOSED):
        draft.row.fail("status", _("order %(order)s is cancelled for good.") % words)
    elif draft.status == Status.CANCELLED and order.paid_at is not None:
        draft.row.fail(
            "status",
            _("order %(order)s has been paid and cannot be cancelled: record refunds instead.")
            % words,
        )
    elif draft.status != Status.CANCELLED and WAY.index(draft.status) < WAY.index(order.status):
        draft.row.fail(
            "status",
            _("order %(order)s is already %(status)s and does not go back: use a newer export.")
            % words,
        )
    else:
        return True
    return False


def _check_time_kept(
    draft: OrderDraft, column: str, before: datetime | None, now: datetime | None
) -> None:
    if before is not None and now != before:
        draft.row.fail(
            column,
            _("order %(order)s has %(time)s here, and what happened does not change.")
            % {"order": draft.order_no, "time": timezone.localtime(before).isoformat()},
        )


def _create(drafts: Sequence[OrderDraft], merchant: Merchant, codes: _Codes) -> None:
    customers = ensure_customers(merchant, (draft.customer for draft in drafts))
    paths = category_paths()
    now = timezone.now()
    for part in chunks(drafts):
        orders = Order.objects.bulk_create(
            Order(
                merchant=merchant,
                source=Order.Source.CSV,
                order_no=draft.order_no,
                customer_id=customers[draft.customer],
                distributor_id=codes.distributors.get(draft.distributor_code),
                status=draft.status,
                region=draft.region,
                store_id=codes.stores.get(draft.store),
                shipping_amount=draft.shipping,
                placed_at=draft.paid_at or now,
                paid_at=draft.paid_at,
                completed_at=draft.completed_at,
            )
            for draft in part
        )
        OrderLine.objects.bulk_create(
            build_line(
                order=order,
                line_no=line.line_no,
                sku=codes.skus[line.sku],
                category_paths=paths,
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount=line.discount,
            )
            for draft, order in zip(part, orders, strict=True)
            for line in draft.lines
        )


def _report(
    drafts: Sequence[OrderDraft], known: dict[str, Order], changed: set[str]
) -> ImportReport:
    outcomes = []
    for draft in drafts:
        outcome = "created"
        if draft.order_no in known:
            outcome = "updated" if draft.order_no in changed else "unchanged"
        outcomes += [
            (line.row.line, outcome, f"{draft.order_no} / {line.line_no}") for line in draft.lines
        ]
    return ImportReport(sorted(outcomes))
