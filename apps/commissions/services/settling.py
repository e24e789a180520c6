"""Settling: refunds take back, and commissions whose hold is over become available.

Both happen to one person's accounts in the order in which they took place, so that the books of any
moment can be told later: a refund up to the release comes from pending, one after it from available
and then from debt (design §5 Exactly, 7 and 8). A refund that is undone gives the same share back:
to pending before the release, afterwards to available, which repays a debt first. The unit of work
is a person: any number of workers may settle different people at once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q

from apps.commissions.models import Commission, OrderBooking, Plan, RefundBooking
from apps.commissions.services.claims import events_of, read_claims
from apps.commissions.services.settlement import Settlement
from apps.commissions.services.taking_back import Claim
from apps.core.money import to_minor
from apps.distributors.models import Suspension
from apps.ledger.services import lock_wallets
from apps.orders.models import Order, Refund


def refunds_to_book(*, merchant, as_of: datetime, limit: int) -> list[int]:
    """Ids of refunds on booked orders that have not been taken back yet, oldest first."""
    rows = Refund.objects.filter(
        ~Exists(RefundBooking.objects.filter(refund=OuterRef("pk"))),
        Exists(OrderBooking.objects.filter(order=OuterRef("order_line__order"))),
        merchant=merchant,
        status=Refund.Status.REFUNDED,
        refunded_at__lte=as_of,
    )
    return list(rows.order_by("refunded_at", "pk").values_list("pk", flat=True)[:limit])


def people_to_settle(
    *, merchant, as_of: datetime, refund_ids: Sequence[int], after_id: int, limit: int
) -> list[int]:
    """Ids, ascending above `after_id`, of people with a release or one of these refunds due."""
    on_refunded_lines = (
        Commission.objects.standing().filter(order_line__refunds__in=refund_ids)
        if refund_ids
        else Commission.objects.none()
    )
    found: set[int] = set()
    for commissions in (_due(merchant, as_of), on_refunded_lines):
        people = commissions.filter(beneficiary_id__gt=after_id).order_by("beneficiary_id")
        found.update(people.values_list("beneficiary_id", flat=True).distinct()[:limit])
    return sorted(found)[:limit]


def _due(merchant, as_of: datetime):
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
    return Commission.objects.standing().filter(
        hold_is_over,
        ~Exists(_open_refunds(as_of)),
        # A stage bonus on an order completed long ago, or one booked again after an appeal.
        earned_at__lte=as_of,
        merchant=merchant,
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


@transaction.atomic
def settle_people(*, merchant, people: Sequence[int], as_of: datetime) -> tuple[int, int]:
    """Take back and release all that is due for these people; returns (reversals, releases).

    Idempotent, one transaction; their accounts are locked first and everything is read after.
    """
    accounts = lock_wallets(merchant=merchant, distributor_ids=people)
    balances = {ref: to_minor(account.balance) for ref, account in accounts.items()}
    events = sorted(
        event for claim in _claims(merchant, people, as_of) for event in events_of(claim, as_of)
    )
    settlement = Settlement(merchant, balances)
    for event in events:
        settlement.apply(event)
    settlement.write()
    return len(settlement.reversals), len(settlement.releases)


def mark_refunds_booked(*, merchant, refund_ids: Iterable[int]) -> int:
    """Record that these refunds have been taken back from everybody on their lines."""
    return len(
        RefundBooking.objects.bulk_create(
            [RefundBooking(merchant=merchant, refund_id=each) for each in refund_ids],
            ignore_conflicts=True,
            batch_size=1000,
        )
    )


def _claims(merchant, people: Sequence[int], as_of: datetime) -> list[Claim]:
    booked = RefundBooking.objects.filter(refund=OuterRef("pk"))
    unbooked = Refund.objects.filter(
        ~Exists(booked),
        order_line=OuterRef("order_line"),
        status=Refund.Status.REFUNDED,
        refunded_at__lte=as_of,
    )
    due = _due(merchant, as_of).values("pk")
    commissions = (
        Commission.objects.standing()
        .filter(Q(pk__in=due) | Exists(unbooked))
        .filter(merchant=merchant, beneficiary__in=people)
    )
    return read_claims(commissions, as_of)
