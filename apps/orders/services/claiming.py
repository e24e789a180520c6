"""Taking orders that a stage has not seen yet, each by one worker only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from apps.core.bulk import listed
from apps.orders.models import SOLD_STATUSES, Order

Stage = Order.Stage


class SoldOrder(NamedTuple):
    """What the stages need to know of an order."""

    pk: int
    paid_at: datetime
    distributor: int | None
    customer: str
    region: str
    store: int | None
    # How it came to name its distributor (`Order.Bringing`), and on what evidence.
    how: str = ""
    evidence: dict[str, Any] | None = None


ORDER_COLUMNS = (
    "pk",
    "paid_at",
    "distributor_id",
    "customer__identifier",
    "region",
    "store_id",
    "brought_how",
    "brought_evidence",
)


def claim_orders(
    *,
    merchant,
    stage: Stage,
    as_of: datetime,
    limit: int,
    since: datetime | None = None,
    after: SoldOrder | None = None,
) -> list[SoldOrder]:
    """Lock up to `limit` sold orders that are at `stage`, oldest payment first.

    Inside a transaction: until it ends no other worker gets them. Orders paid up to `as_of`, from
    `since` on, and behind `after`; orders that another worker holds are left to it. One query that
    looks at orders of that stage only, however long the history is.
    """
    waiting = Order.objects.filter(
        merchant=merchant, stage=stage, status__in=SOLD_STATUSES, paid_at__lte=as_of
    )
    if since is not None:
        waiting = waiting.filter(paid_at__gte=since)
    if after is not None:
        # The bound apart, or SQLite reads and sorts everything behind `after` each time.
        waiting = waiting.filter(
            Q(paid_at__gt=after.paid_at) | Q(paid_at=after.paid_at, pk__gt=after.pk),
            paid_at__gte=after.paid_at,
        )
    rows = (
        waiting.order_by("paid_at", "pk")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .values_list(*ORDER_COLUMNS)
    )
    return [SoldOrder(*row) for row in rows[:limit]]


def set_stage(*, orders: Sequence[int], stage: Stage) -> None:
    """Note that these claimed orders are at `stage` now."""
    if not orders:
        return
    any_of_them, ids = listed(orders)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE orders_order SET stage = %s WHERE id IN {any_of_them}",  # noqa: S608 - parameters
            [int(stage), ids],
        )
