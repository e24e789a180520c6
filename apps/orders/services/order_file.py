"""Reading an order file into drafts; no database here.

One row is one line of an order. What belongs to the order stands on its first row and repeats or
is empty on the later ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.csv_files import Row
from apps.core.money import MAX_MINOR, to_minor
from apps.orders.models import PAID_STATUSES, Order
from apps.orders.services.lookups import customer_identifier

ORDER_COLUMNS = (
    "order_no",
    "line_no",
    "sku",
    "quantity",
    "unit_price",
    "discount",
    "shipping",
    "distributor_code",
    "customer",
    "region",
    "paid_at",
    "completed_at",
    "status",
)
# Who never sends it leaves the store of every order as it is: none.
ORDER_OPTIONAL = ("store",)

# An order cancelled after payment is told by its refunds.
FILE_STATUSES = [status for status in Order.Status.values if status != Order.Status.CLOSED]

# The columns that belong to the order, each with how its cell is read.
ORDER_VALUES: dict[str, Callable[[Row, ZoneInfo, bool], Any]] = {
    "shipping": lambda row, zone, first: row.money("shipping", required=False, default=Decimal(0)),
    "distributor_code": lambda row, zone, first: row.text(
        "distributor_code", required=False, max_length=64
    ),
    "customer": lambda row, zone, first: customer_identifier(row.text("customer", required=first)),
    "region": lambda row, zone, first: row.text("region", required=False),
    "store": lambda row, zone, first: row.text("store", required=False, max_length=40),
    "paid_at": lambda row, zone, first: row.moment("paid_at", zone, required=False),
    "completed_at": lambda row, zone, first: row.moment("completed_at", zone, required=False),
    "status": lambda row, zone, first: row.choice("status", FILE_STATUSES),
}


@dataclass
class LineDraft:
    """One row as far as it concerns its line; None where a cell could not be read."""

    row: Row
    line_no: int | None
    sku: str
    quantity: int | None
    unit_price: Decimal | None
    discount: Decimal | None


@dataclass
class OrderDraft:
    """An order of the file: its first row, its own values, its lines by number."""

    row: Row
    order_no: str
    shipping: Decimal | None
    distributor_code: str
    customer: str
    region: str
    store: str
    paid_at: datetime | None
    completed_at: datetime | None
    status: str | None
    lines: list[LineDraft] = field(default_factory=list)


def read_order_drafts(rows: Iterable[Row], zone: ZoneInfo) -> list[OrderDraft]:
    """The orders of the file in file order; what is wrong is reported on the rows' `problems`."""
    drafts: dict[str, OrderDraft] = {}
    for row in rows:
        order_no = row.text("order_no", max_length=64)
        if not order_no:
            continue
        draft = drafts.get(order_no)
        if draft is None:
            draft = drafts[order_no] = _read_order(row, order_no, zone)
        else:
            _check_repeated(draft, row, zone)
        draft.lines.append(_read_line(row))
    for draft in drafts.values():
        _check_line_numbers(draft)
    return list(drafts.values())


def _read_order(row: Row, order_no: str, zone: ZoneInfo) -> OrderDraft:
    values = {column: read(row, zone, True) for column, read in ORDER_VALUES.items()}
    draft = OrderDraft(row=row, order_no=order_no, **values)
    _check_times(draft)
    return draft


def _check_repeated(draft: OrderDraft, row: Row, zone: ZoneInfo) -> None:
    for column, read in ORDER_VALUES.items():
        cell = row.cells.get(column, "")
        if not cell or cell == draft.row.cells.get(column, ""):
            continue
        if read(row, zone, False) != getattr(draft, column):
            row.fail(
                column,
                _(
                    "“%(value)s” is not what line %(line)s says, where order %(order)s begins; "
                    "repeat that or leave the cell empty."
                )
                % {"value": cell, "line": draft.row.line, "order": draft.order_no},
            )


def _check_times(draft: OrderDraft) -> None:
    """Which times a status needs and which it cannot have."""
    row, status = draft.row, draft.status
    has_paid_at = bool(row.cells.get("paid_at"))
    has_completed_at = bool(row.cells.get("completed_at"))
    words = {"status": status}
    if status in PAID_STATUSES and not has_paid_at:
        row.fail("paid_at", _("is empty; an order with status %(status)s needs it.") % words)
    if status == Order.Status.PENDING and has_paid_at:
        row.fail("paid_at", _("must be empty while the order is pending."))
    if status == Order.Status.COMPLETED and not has_completed_at:
        row.fail("completed_at", _("is empty; an order with status %(status)s needs it.") % words)
    if status not in (None, Order.Status.COMPLETED) and has_completed_at:
        row.fail("completed_at", _("must be empty while the status is %(status)s.") % words)
    if draft.paid_at and draft.completed_at and draft.completed_at < draft.paid_at:
        row.fail("completed_at", _("is earlier than paid_at."))


def _read_line(row: Row) -> LineDraft:
    line = LineDraft(
        row=row,
        line_no=row.integer("line_no", minimum=1),
        sku=row.text("sku", max_length=64),
        quantity=row.integer("quantity", minimum=1),
        unit_price=row.money("unit_price"),
        discount=row.money("discount", required=False, default=Decimal(0)),
    )
    if line.quantity is None or line.unit_price is None:
        return line
    amount = line.unit_price * line.quantity
    # Compared as integers: such products leave the range the database's amounts have.
    if to_minor(line.unit_price) * line.quantity > MAX_MINOR:
        row.fail("quantity", _("makes the line's amount too large."))
    elif line.discount is not None and line.discount > amount:
        row.fail(
            "discount",
            _("%(discount)s is more than unit_price × quantity = %(amount)s.")
            % {"discount": line.discount, "amount": amount},
        )
    return line


def _check_line_numbers(draft: OrderDraft) -> None:
    seen: dict[int, int] = {}
    for line in draft.lines:
        if line.line_no is None:
            continue
        if line.line_no in seen:
            line.row.fail(
                "line_no",
                _("order %(order)s has a line %(number)s on line %(line)s of the file already.")
                % {"order": draft.order_no, "number": line.line_no, "line": seen[line.line_no]},
            )
        seen.setdefault(line.line_no, line.row.line)
