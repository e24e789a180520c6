"""Commissions with all that happened and is due to them, read for settling.

Whoever changes anything of it has locked the wallets of the people before reading.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.commissions.models import Commission, RefundBooking
from apps.commissions.services.taking_back import Claim, Hold, due_amounts, taken_back_at
from apps.core.money import to_minor
from apps.distributors.models import Suspension
from apps.orders.models import Order, Refund


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
    holds = _holds_of({each.beneficiary_id for each in commissions}, as_of)
    return [
        _claim(each, refunds[each.order_line_id], done[each.pk], holds[each.beneficiary_id])
        for each in commissions
    ]


def _holds_of(people: Iterable[int], as_of: datetime) -> dict[int, list[Hold]]:
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
    is_booked = Exists(RefundBooking.objects.filter(refund=OuterRef("pk")))
    rows = Refund.objects.filter(known, order_line__in=line_ids).annotate(is_booked=is_booked)
    for refund in rows.order_by(F("refunded_at").asc(nulls_last=True), "pk"):
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
        for refund, amount in due_amounts(claim, given_back)
    ]


def _release_moment(claim: Claim, as_of: datetime) -> datetime | None:
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
