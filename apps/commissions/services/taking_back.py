"""How much each refund of a line takes back of one commission on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.commissions.engine import bonus_reversed
from apps.commissions.models import Commission
from apps.core.money import cumulative_share, to_minor
from apps.orders.models import Refund

# From when, and until when (None: not over yet), something keeps money from being released.
Hold = tuple[datetime, datetime | None]


@dataclass
class Claim:
    """A sale's commission with all that has happened and may happen to it."""

    commission: Commission
    line_paid: int
    due_at: datetime | None
    released_at: datetime | None
    refunds: list[Refund]
    # Refund id → what was taken back for it, in minor units; negative where it was given back.
    done: dict[int, int]
    # Suspensions during which nothing is released.
    holds: Sequence[Hold] = ()
    amount: int = 0
    waits: bool = False

    def __post_init__(self) -> None:
        self.amount = to_minor(self.commission.amount)

    @property
    def reversed_so_far(self) -> int:
        return sum(self.done.values())

    def share_of(self, refunded: int) -> int:
        """What refunds of this much on the line take back altogether."""
        # Among events recorded late the sum may be outside of what is possible for a moment.
        refunded = max(0, min(refunded, self.line_paid))
        if self.commission.kind == Commission.Kind.STAGE_BONUS:
            base = to_minor(self.commission.base_amount)
            return bonus_reversed(self.amount, base, self.line_paid, refunded)
        return cumulative_share(self.amount, refunded, self.line_paid)


def due_amounts(claim: Claim, given_back: Sequence[Refund]) -> list[tuple[Refund, int]]:
    """What each refund that has no row yet takes back, by cumulative share, in the order of time.

    In step with time a refund's amount depends on what came before it alone, so a refund too small
    for a row of its own is looked at again without harm. Only where one was recorded late, beside
    others settled already, is it what the whole then lacks.
    """
    in_base = _in_base(claim, given_back)
    given_back = [each for each in given_back if each.pk not in in_base]
    in_step, so_far, taken = [], sum(in_base.values()), 0
    for refund in given_back:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        if refund.pk not in claim.done:
            in_step.append((refund, taken - before))
    if taken == claim.reversed_so_far + sum(amount for _refund, amount in in_step):
        return in_step
    late, taken = [], claim.reversed_so_far
    so_far = sum(in_base.values())
    so_far += sum(to_minor(each.amount) for each in given_back if each.pk in claim.done)
    for refund, _amount in in_step:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        late.append((refund, taken - before))
    return late


def _in_base(claim: Claim, given_back: Sequence[Refund]) -> dict[int, int]:
    """Refund id → minor units, of those that a stage bonus was measured without already.

    They take nothing back, each by itself: one that was undone before the period ended, neither.
    Only what was recorded after the settling is not among them.
    """
    sale = claim.commission
    if sale.kind != Commission.Kind.STAGE_BONUS:
        return {}
    before = {
        each.pk: to_minor(each.amount) for each in given_back if each.refunded_at < sale.earned_at
    }
    nothing_came_late = sum(before.values()) == claim.line_paid - to_minor(sale.base_amount)
    if nothing_came_late and not before.keys() & claim.done.keys():
        return before
    booked = {each.pk for each in given_back if each.is_booked} - claim.done.keys()
    return {pk: amount for pk, amount in before.items() if pk in booked}


def taken_back_at(sale: Commission, refund: Refund) -> datetime:
    """When a refund takes back from this sale's commission."""
    # A refund of before a period's end may be recorded when its bonus has been settled.
    return max(refund.refunded_at, sale.earned_at)
