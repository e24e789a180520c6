"""Reading a merchant's refund file: what each row says, before anything is looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.csv_files import Row
from apps.orders.models import OrderLine, Refund

REFUND_COLUMNS = ("refund_no", "order_no", "line_no", "quantity", "amount", "refunded_at")
# The number of the refund that this row takes back: a return that was itself returned.
REFUND_OPTIONAL = ("undoes",)


@dataclass
class RefundDraft:
    """One row; None where a cell could not be read. `line` and what it undoes are found later.

    `undone` is a refund recorded before, or the draft of one in the same file.
    """

    row: Row
    refund_no: str
    order_no: str
    line_no: int | None
    quantity: int | None
    amount: Decimal | None
    refunded_at: datetime | None
    undoes: str
    line: OrderLine | None = None
    undone: "Refund | RefundDraft | None" = None

    @property
    def place(self) -> tuple[str, int | None]:
        """Which line of which order."""
        return self.order_no, self.line_no

    @property
    def sign(self) -> int:
        """−1 for a return of a return: it takes away from what was given back."""
        return -1 if self.undoes else 1


def read_refund_drafts(rows: Sequence[Row], zone: ZoneInfo) -> list[RefundDraft]:
    """The rows as they stand, times without an offset in `zone`; faults are reported by row."""
    drafts = [_read_draft(row, zone) for row in rows]
    _check_repeats(drafts)
    return drafts


def _read_draft(row: Row, zone: ZoneInfo) -> RefundDraft:
    draft = RefundDraft(
        row=row,
        refund_no=row.text("refund_no", max_length=64),
        order_no=row.text("order_no", max_length=64),
        line_no=row.integer("line_no", minimum=1),
        quantity=row.integer("quantity", required=False, minimum=1),
        amount=row.money("amount"),
        refunded_at=row.moment("refunded_at", zone),
        undoes=row.text("undoes", required=False, max_length=64),
    )
    if draft.amount == 0:
        row.fail("amount", _("is zero; a refund is more than that."))
    return draft


def _check_repeats(drafts: Sequence[RefundDraft]) -> None:
    """A number may cover several lines of one order, each once."""
    orders: dict[str, RefundDraft] = {}
    lines: dict[tuple, RefundDraft] = {}
    for draft in drafts:
        if not draft.refund_no:
            continue
        first = orders.setdefault(draft.refund_no, draft)
        same = lines.setdefault((draft.refund_no, *draft.place), draft)
        words = {"number": draft.refund_no, "line": (same if same is not draft else first).row.line}
        if same is not draft and draft.line_no is not None:
            draft.row.fail(
                "refund_no",
                _("“%(number)s” stands on line %(line)s for the same order line already.") % words,
            )
        elif first.order_no != draft.order_no:
            draft.row.fail(
                "refund_no", _("“%(number)s” is used on line %(line)s for another order.") % words
            )
