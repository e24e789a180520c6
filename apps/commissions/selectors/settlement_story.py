"""What became of a commission after the sale: refunds that took it back, and its release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.commissions.models import Commission, Plan
from apps.commissions.selectors.explanation_words import Words
from apps.core.money import cumulative_share, to_major, to_minor
from apps.distributors.models import Suspension
from apps.orders.models import Order, OrderLine, Refund


@dataclass(frozen=True, slots=True)
class RefundShare:
    """What one refund took back of one commission; negative where it gave back."""

    refund: Refund
    taken: Decimal
    formula: str
    note: str = ""

    @property
    def change(self) -> Decimal:
        """What it did to the commission: below zero where it took something back."""
        return -self.taken

    @property
    def refunded(self) -> Decimal:
        """The refund's own amount, without its sign."""
        return abs(self.refund.amount)


def refund_shares(
    amount: int,
    line: OrderLine,
    refunds: Sequence[Refund],
    rows: Sequence[Commission],
    words: Words,
) -> list[RefundShare]:
    """What each refund of the line took back of a commission of `amount` minor units, in order.

    `refunds` carry `is_booked`: one that the stages have not met yet has taken nothing so far.
    """
    paid = to_minor(line.paid_amount)
    stored = {row.refund_id: -row.amount for row in rows if row.refund_id}
    shares, refunded = [], 0
    for refund in refunds:
        if refund.status != Refund.Status.REFUNDED:
            continue
        refunded += to_minor(refund.amount)
        due = cumulative_share(amount, max(0, min(refunded, paid)), paid)
        shares.append(
            RefundShare(
                refund=refund,
                taken=stored.get(refund.pk, to_major(0)),
                formula=words.refund(amount, refunded, paid, due),
                note=_note(refund),
            )
        )
    return shares


def _note(refund: Refund) -> str:
    if not refund.is_booked:
        return _("the next run of the stages takes it into account")
    if refund.undoes:
        return _("undoes refund %(number)s") % {"number": refund.undoes.refund_no}
    return ""


def release_story(
    sale: Commission | None, order: Order, plan: Plan, refunds: Sequence[Refund]
) -> str:
    """When the commission was released, or why it is not yet; on the merchant's clock."""
    if sale is None:
        return _("There is no row for it.")
    release = getattr(sale, "release", None)
    if release is not None:
        return _("Released on %(moment)s.") % {"moment": moment_text(release.released_at, order)}
    if order.status == Order.Status.CLOSED:
        return _("The order was cancelled after payment: nothing is released.")
    days = plan.document["hold_days"]
    if order.status != Order.Status.COMPLETED:
        return ngettext(
            "Pending: the order is not completed. The hold of %(days)s day starts then.",
            "Pending: the order is not completed. The hold of %(days)s days starts then.",
            days,
        ) % {"days": days}
    is_open = [each for each in refunds if each.status == Refund.Status.REQUESTED]
    if is_open:
        return _("Pending: refund %(number)s is open and has to be settled first.") % {
            "number": is_open[0].refund_no
        }
    due_at = order.completed_at + plan.hold
    if due_at > timezone.now():
        return _("Pending: on hold until %(moment)s.") % {"moment": moment_text(due_at, order)}
    if _waits_for_standing(sale):
        return _(
            "Pending: the hold ended on %(moment)s, while the beneficiary was suspended; it waits "
            "until the suspension is over."
        ) % {"moment": moment_text(due_at, order)}
    return _("Pending: the hold ended on %(moment)s; the next run releases it.") % {
        "moment": moment_text(due_at, order)
    }


def _waits_for_standing(sale: Commission) -> bool:
    """Whether a suspension keeps it pending. One query, of what is due and not released alone."""
    holding = Suspension.objects.holding_at(timezone.now())
    return holding.filter(distributor=sale.beneficiary_id).exists()


def moment_text(moment: datetime, order: Order) -> str:
    """A moment as it was on the merchant's clock."""
    return f"{moment.astimezone(order.merchant.zone):%Y-%m-%d %H:%M}"
