"""Commissions with all that happened and is due to them, read for settling.

Whoever changes anything of it has locked the wallets of the people before reading.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Q, QuerySet

from apps.commissions.engine import bonus_reversed
from apps.commissions.models import Commission
from apps.core.money import cumulative_share, to_minor
from apps.orders.models import Order, Refund


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


@dataclass(order=True)
class Event:
    """Something due: refunds before releases at the same instant, then in the order recorded."""

    at: datetime
    is_release: bool
    number: int
    claim: Claim = field(compare=False)
    refund: Refund | None = field(compare=False, default=None)
    # What the refund takes back, in minor units; negative where it gives back.
    amount: int = field(compare=False, default=0)


def read_claims(sales: QuerySet[Commission], as_of: datetime) -> list[Claim]:
    """These sales' commissions with all that happened to them up to `as_of`; whoever changes
    anything of it has locked the wallets before."""
    commissions = list(sales.select_related("order_line__order", "plan", "release").order_by("pk"))
    refunds = _refunds_by_line({each.order_line_id for each in commissions}, as_of)
    done: dict[int, dict[int, int]] = defaultdict(dict)
    for reverses_id, refund_id, amount in Commission.objects.filter(
        reverses__in=commissions, refund__isnull=False
    ).values_list("reverses_id", "refund_id", "amount"):
        done[reverses_id][refund_id] = -to_minor(amount)
    return [_claim(each, refunds[each.order_line_id], done[each.pk]) for each in commissions]


def _refunds_by_line(line_ids: Iterable[int], as_of: datetime) -> dict[int, list[Refund]]:
    refunds = defaultdict(list)
    known = Q(requested_at__lte=as_of) | Q(refunded_at__lte=as_of)
    for refund in Refund.objects.filter(known, order_line__in=line_ids).order_by(
        F("refunded_at").asc(nulls_last=True), "pk"
    ):
        refunds[refund.order_line_id].append(refund)
    return refunds


def _claim(commission: Commission, refunds: list[Refund], done: dict[int, int]) -> Claim:
    order = commission.order_line.order
    release = getattr(commission, "release", None)
    return Claim(
        commission=commission,
        line_paid=to_minor(commission.order_line.paid_amount),
        due_at=commission.due_at(
            order.completed_at if order.status == Order.Status.COMPLETED else None
        ),
        released_at=release.released_at if release else None,
        refunds=refunds,
        done=done,
    )


def events_of(claim: Claim, as_of: datetime) -> list[Event]:
    pk = claim.commission.pk
    events = refund_events(claim, as_of)
    release_at = _release_moment(claim, as_of)
    if release_at is not None:
        events.append(Event(release_at, True, pk, claim))
    return events


def refund_events(claim: Claim, as_of: datetime) -> list[Event]:
    """What refunds up to `as_of` have not taken back of this commission yet."""
    given_back = [
        refund
        for refund in claim.refunds
        if refund.status == Refund.Status.REFUNDED and refund.refunded_at <= as_of
    ]
    return [
        Event(taken_back_at(claim.commission, refund), False, refund.pk, claim, refund, amount)
        for refund, amount in _due_amounts(claim, given_back)
    ]


def _due_amounts(claim: Claim, given_back: Sequence[Refund]) -> list[tuple[Refund, int]]:
    """What each refund that has no row yet takes back, by cumulative share, in the order of time.

    In step with time a refund's amount depends on what came before it alone, so a refund too small
    for a row of its own is looked at again without harm. Only where one was recorded late, beside
    others settled already, is it what the whole then lacks.
    """
    in_step, so_far, taken = [], 0, 0
    for refund in given_back:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        if refund.pk not in claim.done:
            in_step.append((refund, taken - before))
    if taken == claim.reversed_so_far + sum(amount for _refund, amount in in_step):
        return in_step
    late, taken = [], claim.reversed_so_far
    so_far = sum(to_minor(each.amount) for each in given_back if each.pk in claim.done)
    for refund, _amount in in_step:
        so_far += to_minor(refund.amount)
        before, taken = taken, claim.share_of(so_far)
        late.append((refund, taken - before))
    return late


def taken_back_at(sale: Commission, refund: Refund) -> datetime:
    # A refund of before a period's end may be recorded when its bonus has been settled.
    return max(refund.refunded_at, sale.earned_at)


def _release_moment(claim: Claim, as_of: datetime) -> datetime | None:
    """When the hold ended: at `release_at`, or when a refund open then had been resolved."""
    if claim.released_at is not None or claim.due_at is None or claim.due_at > as_of:
        return None
    moment = claim.due_at
    for refund in sorted(claim.refunds, key=lambda each: each.requested_at):
        if refund.requested_at > moment:
            continue
        resolved_at = refund.resolved_at or refund.refunded_at
        if resolved_at is None or resolved_at > as_of:
            return None
        moment = max(moment, resolved_at)
    return moment
