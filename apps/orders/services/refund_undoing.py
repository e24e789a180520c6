"""Rows of a refund file that undo an earlier refund: which one, and whether they may."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.orders.models import Order, Refund
from apps.orders.services.refund_file import RefundDraft


def find_undone(drafts: Sequence[RefundDraft], known: dict[str, list[Refund]]) -> None:
    """Give each undoing row the refund it undoes, recorded before or in the same file.

    Its amount must be the refund's, and its quantity too; an empty quantity becomes the refund's.
    What cannot be undone is reported by row.
    """
    in_file = {
        (draft.refund_no, *draft.place): draft for draft in reversed(drafts) if draft.refund_no
    }
    for draft in drafts:
        if draft.undoes and draft.line:
            draft.undone = _recorded(draft, known) or in_file.get((draft.undoes, *draft.place))
            _check_undone(draft)


def check_undone_once(drafts: Sequence[RefundDraft]) -> None:
    """Report new rows that undo what another row or an earlier event has undone."""
    recorded = [draft.undone.pk for draft in drafts if isinstance(draft.undone, Refund)]
    undone_by = dict(
        Refund.objects.filter(undoes__in=recorded).values_list("undoes_id", "refund_no")
        if recorded
        else ()
    )
    seen: dict[tuple, str] = {}
    for draft in drafts:
        if draft.undone is None:
            continue
        pk = draft.undone.pk if isinstance(draft.undone, Refund) else None
        other = undone_by.get(pk) or seen.get((draft.undoes, *draft.place))
        seen.setdefault((draft.undoes, *draft.place), draft.refund_no)
        if other:
            draft.row.fail(
                "undoes",
                _("“%(number)s” was already undone by “%(other)s”.")
                % {"number": draft.undoes, "other": other},
            )


def _recorded(draft: RefundDraft, known: dict[str, list[Refund]]) -> Refund | None:
    for refund in known.get(draft.undoes, ()):
        if refund.order_line_id == draft.line.pk:
            return refund
    return None


def _check_undone(draft: RefundDraft) -> None:
    row, undone, words = draft.row, draft.undone, {"number": draft.undoes}
    if undone is None or undone is draft:
        draft.undone = None
        row.fail("undoes", _("there is no refund “%(number)s” of this line.") % words)
        return
    if isinstance(undone, Refund) and undone.status != Refund.Status.REFUNDED:
        row.fail("undoes", _("“%(number)s” has not been given back.") % words)
    is_undoing = undone.undoes_id if isinstance(undone, Refund) else undone.undoes
    if is_undoing:
        row.fail(
            "undoes",
            _("“%(number)s” is itself the return of a return: record a further refund instead.")
            % words,
        )
        return
    draft.quantity = undone.quantity if draft.quantity is None else draft.quantity
    if (draft.amount, draft.quantity) != (undone.amount, undone.quantity):
        row.fail("amount", _("“%(number)s” is undone whole: give its amount and pieces.") % words)
    times = (draft.refunded_at, undone.refunded_at)
    if None not in times and draft.refunded_at < undone.refunded_at:
        row.fail("refunded_at", _("is earlier than the refund “%(number)s”.") % words)


def check_undoable(draft: RefundDraft) -> None:
    """Report a row that would undo something on an order that was cancelled after payment."""
    if draft.line.order.status == Order.Status.CLOSED:
        draft.row.fail(
            "order_no",
            _("order “%(order)s” was cancelled after payment: sell the goods in a new order.")
            % {"order": draft.order_no},
        )
