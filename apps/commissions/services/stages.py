"""Every stage that is due, in order: ends of suspensions, moves, unpaid orders, delivered orders,
attribute, book, bonuses, reverse, release, levels.

Each stage pulls what the one before it left, in chunks of one transaction each. A unique constraint
per stage makes running it again, or on several workers at once, harmless.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils import timezone

from apps.commissions.models import StageRun
from apps.commissions.services.bonuses import settle_bonuses
from apps.commissions.services.booking import book_orders
from apps.commissions.services.level_reviews import review_levels
from apps.commissions.services.settling import (
    mark_refunds_booked,
    people_to_settle,
    refunds_to_book,
    settle_people,
)
from apps.commissions.services.stage_runs import RecordedRun
from apps.core.bulk import room_for_many_pages
from apps.distributors.services.expiring import end_due_suspensions
from apps.distributors.services.move_requests import carry_out_due_moves
from apps.orders.models import SOLD_STATUSES, Order
from apps.orders.services.expiring import cancel_unpaid_orders, complete_delivered_orders

# One chunk is one transaction: what a killed worker loses, and what a lock is held for.
ORDERS_PER_CHUNK = 2000
PEOPLE_PER_CHUNK = 200
REFUNDS_PER_PASS = 20_000
EVERYBODY = 1_000_000_000

STAGES = ("attributed", "booked", "commissions", "refunds", "reversed", "released")
# Counted only where there are any, as bonuses and changes of level are.
BONUSES = "bonuses"
SUSPENSIONS = "suspensions"
MOVES = "moves"
CANCELLED = "cancelled"
COMPLETED = "completed"


@room_for_many_pages()
def run_due(
    *,
    merchant,
    as_of: datetime | None = None,
    on_progress: Callable[[StageRun], None] | None = None,
    origin: str = StageRun.Origin.WORKER,
    actor=None,
    row: StageRun | None = None,
) -> dict[str, int]:
    """Run every due stage as of a moment (default: now); returns how many rows each stage made.

    What was paid, completed or refunded after `as_of` has not happened yet. Safe to repeat and to
    interrupt: an interrupted chunk is absent, the next run makes it. Call inside the merchant's
    scope. A run that did something, or failed, is recorded (`RecordedRun`); `row` is one that was
    asked for before (`ask_for_run`).
    """
    asked, as_of = as_of, as_of or timezone.now()
    with RecordedRun(
        merchant=merchant,
        as_of=as_of,
        names=STAGES,
        origin=origin,
        actor=actor,
        on_progress=on_progress,
        row=row,
    ) as run:
        # A moment ahead is taken for now by money alone: people are changed when their day comes.
        passed = min(as_of, timezone.now())
        # First: whoever is asked for from then on, by an order or as a new upline, is active.
        if ended := end_due_suspensions(merchant=merchant, as_of=passed):
            run.advance({SUSPENSIONS: ended}, 0)
        # Then: orders paid from a move's moment on are attributed to the new upline.
        if moves := carry_out_due_moves(merchant=merchant, as_of=passed):
            run.advance({MOVES: moves}, 0)
        # Before any money: what is completed now may be released now.
        for name, pass_over in (
            (CANCELLED, cancel_unpaid_orders),
            (COMPLETED, complete_delivered_orders),
        ):
            for orders in pass_over(merchant=merchant, as_of=passed):
                run.advance({name: orders}, 0)
        for name, stage, count_left in (
            (StageRun.Stage.BOOK, _book, _orders_left),
            (StageRun.Stage.SETTLE, _settle, _people_left),
            (StageRun.Stage.LEVELS, partial(_review_levels, effective_at=asked), _nobody_counts),
        ):
            run.start_stage(name, total=partial(count_left, merchant, as_of))
            for counts, done in stage(merchant, as_of):
                run.advance(counts, done)
    return dict(run.counts)


def _orders_left(merchant, as_of: datetime) -> int:
    """Orders no stage has seen; those that only wait for a plan may stay where they are."""
    return Order.objects.filter(
        merchant=merchant, status__in=SOLD_STATUSES, stage=Order.Stage.NEW, paid_at__lte=as_of
    ).count()


def _people_left(merchant, as_of: datetime) -> int:
    refund_ids = refunds_to_book(merchant=merchant, as_of=as_of, limit=REFUNDS_PER_PASS)
    everybody = people_to_settle(
        merchant=merchant, as_of=as_of, refund_ids=refund_ids, after_id=0, limit=EVERYBODY
    )
    return len(everybody)


def _nobody_counts(merchant, as_of: datetime) -> int:
    """Whose level changes is known only when it has changed."""
    return 0


def _review_levels(merchant, as_of: datetime, effective_at: datetime | None):
    for counts in review_levels(merchant=merchant, as_of=as_of, effective_at=effective_at):
        yield counts, sum(counts.values())


def _book(merchant, as_of: datetime):
    for stage in (Order.Stage.ATTRIBUTED, Order.Stage.NEW):
        after = None
        while True:
            booked = book_orders(
                merchant=merchant, as_of=as_of, stage=stage, limit=ORDERS_PER_CHUNK, after=after
            )
            after = booked.last
            if after is None:
                break
            counts = {
                "attributed": booked.attributed,
                "booked": booked.orders,
                "commissions": booked.commissions,
            }
            yield counts, booked.attributed if stage == Order.Stage.NEW else 0


def _settle(merchant, as_of: datetime):
    bonuses = settle_bonuses(merchant=merchant, as_of=as_of)
    if bonuses.rows:
        yield {BONUSES: bonuses.rows}, 0
    as_of = bonuses.until
    while True:
        refund_ids = refunds_to_book(merchant=merchant, as_of=as_of, limit=REFUNDS_PER_PASS)
        after_id = 0
        while people := people_to_settle(
            merchant=merchant,
            as_of=as_of,
            refund_ids=refund_ids,
            after_id=after_id,
            limit=PEOPLE_PER_CHUNK,
        ):
            reversals, releases = settle_people(merchant=merchant, people=people, as_of=as_of)
            yield {"reversed": reversals, "released": releases}, len(people)
            after_id = people[-1]
        if not refund_ids:
            return
        # Only now: until then an interrupted run finds the refund again and finishes it.
        yield {"refunds": mark_refunds_booked(merchant=merchant, refund_ids=refund_ids)}, 0
