"""What may be settled: sales' commissions, and whatever keeps one from being released.

A commission is released when its hold is over, unless a refund of its line is open then, or its
beneficiary is suspended and earnings wait; then when that is over.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from apps.commissions.engine import bonus_reversed
from apps.commissions.models import Commission, Plan, RefundBooking
from apps.core.money import cumulative_share, to_minor
from apps.distributors.models import Suspension
from apps.orders.models import Order, Refund

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


def due_commissions(merchant, as_of: datetime) -> QuerySet[Commission]:
    """Sales' commissions, not released, whose hold is over by `as_of` and with no open refund."""
    plans = Plan.objects.filter(merchant=merchant, effective_from__isnull=False)
    hold_is_over = Q(pk__in=())
    suspensions = Suspension.objects.holding_at(as_of).filter(merchant=merchant)
    anybody_waits = suspensions.exists()
    for plan in plans:
        is_over = Q(plan=plan, order_line__order__completed_at__lte=as_of - plan.hold)
        if anybody_waits:
            is_over &= ~Exists(_suspended_before_due(suspensions, plan))
        hold_is_over |= is_over
    return Commission.objects.filter(
        hold_is_over,
        ~Exists(_open_refunds(as_of)),
        # A stage bonus on an order completed long ago.
        earned_at__lte=as_of,
        merchant=merchant,
        refund__isnull=True,
        release__isnull=True,
        order_line__order__status=Order.Status.COMPLETED,
    )


def _suspended_before_due(suspensions, plan: Plan):
    """Suspensions under way that began before the hold was over; so that nobody looks in vain."""
    completed_by = ExpressionWrapper(F("starts_at") - plan.hold, output_field=DateTimeField())
    return suspensions.annotate(completed_by=completed_by).filter(
        distributor=OuterRef("beneficiary"),
        completed_by__lte=OuterRef("order_line__order__completed_at"),
    )


def _open_refunds(as_of: datetime):
    return Refund.objects.filter(
        Q(status=Refund.Status.REQUESTED) | Q(resolved_at__gt=as_of),
        order_line=OuterRef("order_line"),
        requested_at__lte=as_of,
    )


def read_claims(merchant, people: Sequence[int], as_of: datetime) -> list[Claim]:
    """All that has to be looked at for these people: what is due, and what was refunded since."""
    booked = RefundBooking.objects.filter(refund=OuterRef("pk"))
    unbooked = Refund.objects.filter(
        ~Exists(booked),
        order_line=OuterRef("order_line"),
        status=Refund.Status.REFUNDED,
        refunded_at__lte=as_of,
    )
    due = due_commissions(merchant, as_of).values("pk")
    commissions = list(
        Commission.objects.filter(Q(pk__in=due) | Exists(unbooked))
        .filter(merchant=merchant, beneficiary__in=people, refund__isnull=True)
        .select_related("order_line__order", "plan", "release")
        .order_by("pk")
    )
    refunds = _refunds_by_line({each.order_line_id for each in commissions}, as_of)
    done: dict[int, dict[int, int]] = defaultdict(dict)
    for reverses_id, refund_id, amount in Commission.objects.filter(
        reverses__in=commissions
    ).values_list("reverses_id", "refund_id", "amount"):
        done[reverses_id][refund_id] = -to_minor(amount)
    holds = _holds_of(people, as_of)
    return [
        _claim(each, refunds[each.order_line_id], done[each.pk], holds[each.beneficiary_id])
        for each in commissions
    ]


def _holds_of(people: Sequence[int], as_of: datetime) -> dict[int, list[Hold]]:
    """Person → the suspensions in which what they earned waits, as they stand at `as_of`."""
    holds: dict[int, list[Hold]] = defaultdict(list)
    waiting = Suspension.objects.filter(
        distributor__in=people, pending_waits=True, starts_at__lte=as_of
    )
    for person, starts_at, ended_at in waiting.values_list(
        "distributor_id", "starts_at", "end__ended_at"
    ):
        is_over = ended_at is not None and ended_at <= as_of
        holds[person].append((starts_at, ended_at if is_over else None))
    return holds


def _refunds_by_line(line_ids: Iterable[int], as_of: datetime) -> dict[int, list[Refund]]:
    refunds = defaultdict(list)
    known = Q(requested_at__lte=as_of) | Q(refunded_at__lte=as_of)
    for refund in Refund.objects.filter(known, order_line__in=line_ids).order_by(
        F("refunded_at").asc(nulls_last=True), "pk"
    ):
        refunds[refund.order_line_id].append(refund)
    return refunds


def _claim(
    commission: Commission, refunds: list[Refund], done: dict[int, int], holds: Sequence[Hold]
) -> Claim:
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
        holds=holds,
    )


def release_moment(claim: Claim, as_of: datetime) -> datetime | None:
    """When it came free: the end of the hold, of a refund open then, or of a suspension then."""
    if claim.released_at is not None or claim.due_at is None or claim.due_at > as_of:
        return None
    moment = claim.due_at
    for starts_at, ends_at in sorted(_obstacles(claim, as_of), key=lambda each: each[0]):
        if starts_at > moment:
            break
        if ends_at is None:
            return None
        moment = max(moment, ends_at)
    return moment


def _obstacles(claim: Claim, as_of: datetime) -> Iterator[Hold]:
    """From when until when (None: still) something kept the commission from being released."""
    for refund in claim.refunds:
        resolved_at = refund.resolved_at or refund.refunded_at
        is_open = resolved_at is None or resolved_at > as_of
        yield refund.requested_at, None if is_open else resolved_at
    yield from claim.holds
