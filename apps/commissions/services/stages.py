"""Every stage that is due, one after the other: attribute, book, reverse, release (design §2).

Each stage pulls what the one before it left, in chunks of one transaction each. A unique constraint
per stage makes running it again, or on several workers at once, harmless.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from apps.commissions.models import StageRun
from apps.commissions.services.booking import book_orders
from apps.commissions.services.settling import (
    mark_refunds_booked,
    people_to_settle,
    refunds_to_book,
    settle_people,
)
from apps.orders.models import Order

# One chunk is one transaction: what a killed worker loses, and what a lock is held for.
ORDERS_PER_CHUNK = 2000
PEOPLE_PER_CHUNK = 200
REFUNDS_PER_PASS = 20_000

STAGES = ("attributed", "booked", "commissions", "refunds", "reversed", "released")


def run_due(
    *, merchant, as_of: datetime | None = None, on_progress: Callable[[Counter], None] | None = None
) -> dict[str, int]:
    """Run every due stage as of a moment (default: now); returns how many rows each stage made.

    What was paid, completed or refunded after `as_of` has not happened yet. Safe to repeat and to
    interrupt: an interrupted chunk is absent, the next run makes it. Call inside the merchant's
    scope. A run that did something, or failed, is recorded.
    """
    as_of = as_of or timezone.now()
    run = StageRun(merchant=merchant, as_of=as_of, started_at=timezone.now())
    counts: Counter = Counter(dict.fromkeys(STAGES, 0))
    try:
        for stage in (_book, _settle):
            for progress in stage(merchant, as_of):
                counts.update(progress)
                if on_progress:
                    on_progress(counts)
    except Exception as error:
        _record(run, counts, error=f"{type(error).__name__}: {error}")
        raise
    if any(counts.values()):
        _record(run, counts)
    return dict(counts)


def _record(run: StageRun, counts: Counter, error: str = "") -> None:
    run.finished_at = timezone.now()
    run.counts = dict(counts)
    run.error = error
    run.save()


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
            yield {
                "attributed": booked.attributed,
                "booked": booked.orders,
                "commissions": booked.commissions,
            }


def _settle(merchant, as_of: datetime):
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
            yield {"reversed": reversals, "released": releases}
            after_id = people[-1]
        if not refund_ids:
            return
        # Only now: until then an interrupted run finds the refund again and finishes it.
        yield {"refunds": mark_refunds_booked(merchant=merchant, refund_ids=refund_ids)}
