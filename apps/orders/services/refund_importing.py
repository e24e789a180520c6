"""Taking a merchant's refund file in: all of it or nothing, however often it is sent."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from apps.core.csv_files import ImportReport, Problems, Row
from apps.core.fields import MoneyField
from apps.core.locks import lock_until_commit
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.lookups import chunks
from apps.orders.services.refund_file import (
    REFUND_COLUMNS,
    REFUND_OPTIONAL,
    RefundDraft,
    read_refund_drafts,
)
from apps.orders.services.refund_rules import Change, changes_of, highest_from, other_content
from apps.orders.services.refund_undoing import check_undoable, check_undone_once, find_undone

__all__ = ["REFUND_COLUMNS", "REFUND_OPTIONAL", "import_refunds"]

logger = logging.getLogger(__name__)
PROBLEMS_LOGGED = 20


@transaction.atomic
def import_refunds(*, merchant: Merchant, rows: Sequence[Row]) -> ImportReport:
    """Import refunds (columns REFUND_COLUMNS and REFUND_OPTIONAL), in the scope of `merchant`.

    One row per order line. Amounts are in major units, times without an offset in the merchant's
    zone. Orders are found by number, whatever they came from. A row with `undoes` takes that
    refund of the line back, whole, as `undo_refund` does. A refund sent again is unchanged.

    Raises ImportRefused with every fault of the file; then nothing was written.
    """
    lock_until_commit(f"orders.import.{merchant.pk}")
    drafts = read_refund_drafts(rows, merchant.zone)
    _find_lines(merchant, drafts)
    known = _known_refunds(merchant, drafts)
    find_undone(drafts, known)
    new = [draft for draft in drafts if draft.line and _is_new(draft, known[draft.refund_no])]
    _check_against_lines(new)
    check_undone_once(new)
    _refuse_if_any(merchant, rows[0].problems)
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


def _refuse_if_any(merchant: Merchant, problems: Problems) -> None:
    for problem in problems.found[:PROBLEMS_LOGGED]:
        logger.warning("Refund file refused: merchant %s: %s", merchant.pk, problem)
    problems.raise_if_any()


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
    numbers = {draft.refund_no for draft in drafts} | {draft.undoes for draft in drafts}
    for part in chunks(numbers - {""}):
        for refund in refunds.filter(refund_no__in=part):
            known[refund.refund_no].append(refund)
    return known


def _is_new(draft: RefundDraft, known: list[Refund]) -> bool:
    """Whether the row is to be recorded; a number known with another content is reported."""
    if not known:
        return True
    undone_id = draft.undone.pk if isinstance(draft.undone, Refund) else None
    amount = draft.amount and draft.amount * draft.sign
    content = (draft.line.pk, draft.quantity, amount, draft.refunded_at, undone_id)
    recorded = [
        (
            refund.order_line_id,
            refund.quantity,
            refund.amount,
            refund.refunded_at,
            refund.undoes_id,
        )
        for refund in known
        if refund.status == Refund.Status.REFUNDED
    ]
    if content not in recorded:
        draft.row.fail("refund_no", other_content(draft.refund_no))
    return False


def _check_against_lines(drafts: Sequence[RefundDraft]) -> None:
    """What is left on each line, counting what is recorded and the rows of the file before it.

    Rows count in the order of time, those of one moment in the order of the file.
    """
    changes = _changes({draft.line.pk for draft in drafts})
    never = datetime.max.replace(tzinfo=UTC)
    for draft in sorted(drafts, key=lambda each: (each.refunded_at or never, each.sign < 0)):
        if draft.undoes:
            check_undoable(draft)
        elif not draft.line.order.is_paid:
            draft.row.fail(
                "order_no",
                _("order “%(order)s” is %(status)s: only a paid order has something to refund.")
                % {"order": draft.order_no, "status": draft.line.order.status},
            )
        else:
            _check_room(draft, changes[draft.line.pk])
        if draft.amount and draft.refunded_at:
            pieces = (draft.quantity or 0) * draft.sign
            change = Change(draft.refunded_at, draft.amount * draft.sign, pieces)
            changes[draft.line.pk].append(change)


def _check_room(draft: RefundDraft, changes: Sequence[Change]) -> None:
    line, row = draft.line, draft.row
    if draft.refunded_at and draft.refunded_at < line.order.paid_at:
        row.fail("refunded_at", _("is earlier than the payment of the order."))
    amount_gone, pieces_gone = highest_from(draft.refunded_at, changes)
    amount_left, pieces_left = line.paid_amount - amount_gone, line.quantity - pieces_gone
    if draft.amount and draft.amount > amount_left:
        row.fail(
            "amount",
            _("%(amount)s is more than the %(left)s left of %(paid)s paid for the line.")
            % {
                "amount": draft.amount,
                "left": max(amount_left, Decimal("0.00")),
                "paid": line.paid_amount,
            },
        )
    if draft.quantity and draft.quantity > pieces_left:
        row.fail(
            "quantity",
            _("%(quantity)s is more than the %(left)s pieces left of the line.")
            % {"quantity": draft.quantity, "left": max(pieces_left, 0)},
        )


def _changes(line_ids: set[int]) -> dict[int, list[Change]]:
    """Line id → what its refunds changed, in the order of time."""
    by_line: dict[int, list[Refund]] = defaultdict(list)
    refunds = Refund.objects.filter(status=Refund.Status.REFUNDED)
    for part in chunks(sorted(line_ids)):
        for refund in refunds.filter(order_line_id__in=part).order_by("refunded_at", "pk"):
            by_line[refund.order_line_id].append(refund)
    return defaultdict(list, {pk: changes_of(found) for pk, found in by_line.items()})


def _create(merchant: Merchant, drafts: Sequence[RefundDraft]) -> None:
    """Refunds first: what undoes one of this file needs its id."""
    made: dict[int, Refund] = {}
    for is_undoing in (False, True):
        for part in chunks([draft for draft in drafts if bool(draft.undoes) == is_undoing]):
            refunds = Refund.objects.bulk_create(
                _refund(merchant, draft, _undone_id(draft, made)) for draft in part
            )
            made |= {draft.row.line: each for draft, each in zip(part, refunds, strict=True)}
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for draft in drafts:
        amounts[draft.line.pk] += draft.amount * draft.sign
    for part in chunks(amounts.items()):
        _raise_refunded(dict(part))


def _undone_id(draft: RefundDraft, made: dict[int, Refund]) -> int | None:
    if isinstance(draft.undone, RefundDraft):
        return made[draft.undone.row.line].pk
    return draft.undone.pk if draft.undone else None


def _refund(merchant: Merchant, draft: RefundDraft, undoes_id: int | None) -> Refund:
    return Refund(
        merchant=merchant,
        refund_no=draft.refund_no,
        order_line=draft.line,
        quantity=draft.quantity,
        amount=draft.amount * draft.sign,
        status=Refund.Status.REFUNDED,
        undoes_id=undoes_id,
        requested_at=draft.refunded_at,
        refunded_at=draft.refunded_at,
        resolved_at=draft.refunded_at,
    )


def _raise_refunded(amounts: dict[int, Decimal]) -> None:
    # Added to what is there; the table's CHECK has the last word on going beyond what was paid.
    money = MoneyField()
    more = Case(
        *(When(pk=pk, then=Value(amount, output_field=money)) for pk, amount in amounts.items()),
        output_field=money,
    )
    OrderLine.objects.filter(pk__in=amounts).update(refunded_amount=F("refunded_amount") + more)
