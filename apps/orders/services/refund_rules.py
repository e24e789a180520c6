"""What may still be given back on a line, and how a refusal is said and kept in the log."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.orders.models import OrderLine, Refund

logger = logging.getLogger(__name__)


class RefundRefused(Refused):
    """The refund was not recorded; the message says what would be possible."""


def refusal(line: OrderLine, message: str) -> RefundRefused:
    """The refusal to raise, noted in the log: somebody may be sending the same thing for ever."""
    logger.warning(
        "Refund refused: merchant %s, order line %s: %s", line.merchant_id, line.pk, message
    )
    return RefundRefused(message)


@dataclass(frozen=True, slots=True)
class Change:
    """What one refund changed on its line, at `at`; negative where it was a return of a return."""

    at: datetime
    amount: Decimal
    pieces: int


def changes_of(refunds: Iterable[Refund]) -> list[Change]:
    """The changes that these refunds, given back, made on their line."""
    return [
        Change(
            refund.refunded_at,
            refund.amount,
            (refund.quantity or 0) * (-1 if refund.undoes_id else 1),
        )
        for refund in refunds
    ]


def given_back(line: OrderLine) -> list[Change]:
    """Everything given back on the line and everything of that undone, in the order of time."""
    found = line.refunds.filter(status=Refund.Status.REFUNDED)
    return changes_of(found.order_by("refunded_at", "pk"))


def highest_from(at: datetime | None, changes: Iterable[Change]) -> tuple[Decimal, int]:
    """The most (amount, pieces) that stood given back at any moment from `at` on; None: at the end.

    A refund that is recorded late, before one that was undone since, must leave room for both. What
    is undone at a moment makes room only after it, so that the order within a moment is no matter.
    """
    amount, pieces = Decimal("0.00"), 0
    highest = (amount, pieces)
    for change in sorted(changes, key=lambda each: (each.at, each.amount < 0)):
        amount, pieces = amount + change.amount, pieces + change.pieces
        if at is None or (change.at, change.amount < 0) <= (at, False):
            highest = (amount, pieces)
        else:
            highest = (max(highest[0], amount), max(highest[1], pieces))
    return highest


def quantity_left(line: OrderLine) -> int:
    """How many pieces of the line were not given back yet, as far as refunds named pieces."""
    return line.quantity - highest_from(None, given_back(line))[1]


def earlier_event(
    line: OrderLine,
    refund_no: str,
    *,
    amount: Decimal,
    quantity: int | None,
    refunded_at: datetime | None,
    undoes: Refund | None = None,
) -> Refund | None:
    """The refund that this event recorded when it came before; None when it is new.

    A `refunded_at` of None says nothing about the time. Raises RefundRefused when the number stands
    for another content: a number covers lines of one order, each once.
    """
    known = Refund.objects.filter(merchant=line.merchant_id, refund_no=refund_no)
    for refund in known.select_related("order_line"):
        is_same = (
            refund.status == Refund.Status.REFUNDED
            and (refund.quantity, refund.amount) == (quantity, amount)
            and refund.undoes_id == (undoes.pk if undoes else None)
            and refunded_at in (None, refund.refunded_at)
        )
        if refund.order_line_id == line.pk and is_same:
            return refund
        if refund.order_line_id == line.pk or refund.order_line.order_id != line.order_id:
            raise refusal(line, other_content(refund_no))
    return None


def other_content(refund_no: str) -> str:
    """Why an event is refused whose number is known with another content."""
    return _(
        "“%(number)s” is recorded with another line, quantity, amount or time; a refund is never "
        "rewritten: give a further refund a number of its own."
    ) % {"number": refund_no}


def too_much(left: Decimal) -> str:
    """Why an amount is refused that is beyond what is left."""
    return _("At most %(left)s is left to refund on this line.") % {
        "left": max(left, Decimal("0.00"))
    }
