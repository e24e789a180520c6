"""Taking a merchant's refund file in: all of it or nothing, however often it is sent."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, Sum, Value, When
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Row
from apps.core.fields import MoneyField
from apps.core.locks import lock_until_commit
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.lookups import chunks

REFUND_COLUMNS = ("refund_no", "order_no", "line_no", "quantity", "amount", "refunded_at")


@dataclass
class RefundDraft:
    """One row; None where a cell could not be read. `line` is found later."""

    row: Row
    refund_no: str
    order_no: str
    line_no: int | None
    quantity: int | None
    amount: Decimal | None
    refunded_at: datetime | None
    line: OrderLine | None = None


@transaction.atomic
def import_refunds(*, merchant: Merchant, rows: Sequence[Row]) -> ImportReport:
    """Import refunds (columns REFUND_COLUMNS, one row per order line), in the scope of `merchant`.

    Amounts are in major units, times without an offset in the merchant's zone. Orders are found by
    number, whatever they came from. A refund sent again is unchanged.

    Raises ImportRefused with every fault of the file; then nothing was written.
    """
    lock_until_commit(f"orders.import.{merchant.pk}")
    drafts = [_read_draft(row, merchant.zone) for row in rows]
    _check_repeats(drafts)
    _find_lines(merchant, drafts)
    known = _known_refunds(merchant, drafts)
    new = [draft for draft in drafts if draft.line and _is_new(draft, known[draft.refund_no])]
    _check_against_lines(new)
    rows[0].problems.raise_if_any()
    _create(merchant, new)
    created = {draft.row.line for draft in new}
    return ImportReport(
        [
            (
                draft.row.line,
                "created" if draft.row.line in created else "unchanged",
                f"{draft.refund_no}: {draft.order_no} / {draft.line_no}",
            )
            for draft in drafts
        ]
    )


def _read_draft(row: Row, zone: ZoneInfo) -> RefundDraft:
    draft = RefundDraft(
        row=row,
        refund_no=row.text("refund_no", max_length=64),
        order_no=row.text("order_no", max_length=64),
        line_no=row.integer("line_no", minimum=1),
        quantity=row.integer("quantity", required=False, minimum=1),
        amount=row.money("amount"),
        refunded_at=row.moment("refunded_at", zone),
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
        same = lines.setdefault((draft.refund_no, draft.order_no, draft.line_no), draft)
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


def _find_lines(merchant: Merchant, drafts: Sequence[RefundDraft]) -> None:
    """Give each draft its line, locked after its order; report orders and lines there are not."""
    orders = _orders_by_number(merchant, {draft.order_no for draft in drafts})
    ids = sorted({order.pk for found in orders.values() for order in found})
    queryset = OrderLine.objects.select_for_update()
    lines = {
        (line.order_id, line.line_no): line
        for part in chunks(ids)
        for line in queryset.filter(order_id__in=part).order_by("pk")
    }
    for draft in drafts:
        if not draft.order_no or draft.line_no is None:
            continue
        words = {"order": draft.order_no, "number": draft.line_no}
        found = orders[draft.order_no]
        if not found:
            draft.row.fail("order_no", _("there is no order “%(order)s”.") % words)
        elif len(found) > 1:
            draft.row.fail(
                "order_no",
                _(
                    "there is an order “%(order)s” from the shop and one from a file: record this "
                    "refund in the console."
                )
                % words,
            )
        elif (found[0].pk, draft.line_no) not in lines:
            draft.row.fail("line_no", _("order “%(order)s” has no line %(number)s.") % words)
        else:
            draft.line = lines[found[0].pk, draft.line_no]
            draft.line.order = found[0]


def _orders_by_number(merchant: Merchant, numbers: set[str]) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = defaultdict(list)
    orders = Order.objects.select_for_update().filter(merchant=merchant)
    for part in chunks(sorted(numbers)):
        for order in orders.filter(order_no__in=part).order_by("pk"):
            found[order.order_no].append(order)
    return found


def _known_refunds(merchant: Merchant, drafts: Sequence[RefundDraft]) -> dict[str, list[Refund]]:
    known: dict[str, list[Refund]] = defaultdict(list)
    refunds = Refund.objects.filter(merchant=merchant)
    for part in chunks({draft.refund_no for draft in drafts}):
        for refund in refunds.filter(refund_no__in=part):
            known[refund.refund_no].append(refund)
    return known


def _is_new(draft: RefundDraft, known: list[Refund]) -> bool:
    """Whether the row is to be recorded; a number known with another content is reported."""
    if not known:
        return True
    content = (draft.line.pk, draft.quantity, draft.amount, draft.refunded_at)
    recorded = [
        (refund.order_line_id, refund.quantity, refund.amount, refund.refunded_at)
        for refund in known
        if refund.status == Refund.Status.REFUNDED
    ]
    if content not in recorded:
        draft.row.fail(
            "refund_no",
            _(
                "“%(number)s” is recorded with another line, quantity, amount or time; a refund is "
                "never rewritten: give a further refund a number of its own."
            )
            % {"number": draft.refund_no},
        )
    return False


def _check_against_lines(drafts: Sequence[RefundDraft]) -> None:
    """What is left on each line, counting what is recorded and the earlier rows of the file."""
    pieces = _pieces_refunded({draft.line.pk for draft in drafts})
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for draft in drafts:
        line, row = draft.line, draft.row
        if not line.order.is_paid:
            row.fail(
                "order_no",
                _("order “%(order)s” is %(status)s: only a paid order has something to refund.")
                % {"order": draft.order_no, "status": line.order.status},
            )
            continue
        if draft.refunded_at and draft.refunded_at < line.order.paid_at:
            row.fail("refunded_at", _("is earlier than the payment of the order."))
        if draft.amount:
            left = line.refundable_amount - amounts[line.pk]
            amounts[line.pk] += draft.amount
            if draft.amount > left:
                row.fail(
                    "amount",
                    _("%(amount)s is more than the %(left)s left of %(paid)s paid for the line.")
                    % {
                        "amount": draft.amount,
                        "left": max(left, Decimal("0.00")),
                        "paid": line.paid_amount,
                    },
                )
        if draft.quantity:
            left = line.quantity - pieces[line.pk]
            pieces[line.pk] += draft.quantity
            if draft.quantity > left:
                row.fail(
                    "quantity",
                    _("%(quantity)s is more than the %(left)s pieces left of the line.")
                    % {"quantity": draft.quantity, "left": max(left, 0)},
                )


def _pieces_refunded(line_ids: set[int]) -> dict[int, int]:
    pieces: dict[int, int] = defaultdict(int)
    refunds = Refund.objects.filter(status=Refund.Status.REFUNDED, quantity__isnull=False)
    for part in chunks(sorted(line_ids)):
        sums = refunds.filter(order_line_id__in=part).values_list("order_line_id")
        pieces.update(sums.annotate(Sum("quantity")).order_by())
    return pieces


def _create(merchant: Merchant, drafts: Sequence[RefundDraft]) -> None:
    for part in chunks(drafts):
        Refund.objects.bulk_create(
            Refund(
                merchant=merchant,
                refund_no=draft.refund_no,
                order_line=draft.line,
                quantity=draft.quantity,
                amount=draft.amount,
                status=Refund.Status.REFUNDED,
                requested_at=draft.refunded_at,
                refunded_at=draft.refunded_at,
                resolved_at=draft.refunded_at,
            )
            for draft in part
        )
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for draft in drafts:
        amounts[draft.line.pk] += draft.amount
    for part in chunks(amounts.items()):
        _raise_refunded(dict(part))


def _raise_refunded(amounts: dict[int, Decimal]) -> None:
    # Added to what is there; the table's CHECK has the last word on going beyond what was paid.
    money = MoneyField()
    more = Case(
        *(When(pk=pk, then=Value(amount, output_field=money)) for pk, amount in amounts.items()),
        output_field=money,
    )
    OrderLine.objects.filter(pk__in=amounts).update(refunded_amount=F("refunded_amount") + more)
