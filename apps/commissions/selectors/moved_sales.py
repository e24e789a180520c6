"""What appeals that were upheld moved from one distributor to another, in figures of a period.

A sale belongs to the day it was paid and to whom it was first attributed. An appeal that is upheld
takes what is left of it from one and gives it to the other on the day of the decision, and what is
refunded later is the new one's. So the figures of a day gone by stay what they were.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, Sum

from apps.commissions.models import Rebooking
from apps.core.bulk import stored_integer
from apps.orders.models import OrderLine, Refund


@dataclass(slots=True)
class MovedSales:
    """Distributor id → change of net sales (minor units) and of orders, against what the first
    attributions alone would say."""

    sales: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def _shift(self, loser: int | None, winner: int | None, amount: int) -> None:
        for person, change in ((loser, -amount), (winner, amount)):
            if person is not None:
                self.sales[person] += change


class Decision(NamedTuple):
    """An order went from one person to another (None: nobody)."""

    order: int
    at: datetime
    loser: int | None
    winner: int | None


def moved_sales(*, merchant, start: datetime, end: datetime, orders: Q | None = None) -> MovedSales:
    """The changes of [start, end). One query where no appeal was upheld, else three.

    `orders`: which orders alone, as a condition on a rebooking (`order__…`).
    """
    decisions = _decisions(merchant, start, end, orders or Q())
    moved = MovedSales()
    if not decisions:
        return moved
    paid = _paid(decisions)
    refunds = _refunds(decisions, end)
    for order, steps in decisions.items():
        for step in steps:
            if step.at >= start:
                before = sum(amount for at, amount in refunds[order] if at <= step.at)
                moved._shift(step.loser, step.winner, paid[order] - before)
                for person, change in ((step.loser, -1), (step.winner, 1)):
                    if person is not None:
                        moved.orders[person] += change
        for at, amount in refunds[order]:
            if at >= start:
                # Counted against the first so far.
                moved._shift(steps[0].loser, _holder(steps, at), -amount)
    return moved


def moved_orders(*, merchant, starts_at: datetime, ends_at: datetime) -> dict[int, int | None]:
    """Order id → whose it was at the end of [starts_at, ends_at), for orders paid in that period
    and moved by an appeal in it. One query."""
    rows = Rebooking.objects.filter(
        merchant=merchant,
        order__paid_at__gte=starts_at,
        order__paid_at__lt=ends_at,
        decided_at__lt=ends_at,
    )
    return dict(rows.order_by("pk").values_list("order_id", "attribution__distributor_id"))


def _decisions(merchant, start: datetime, end: datetime, orders: Q) -> dict[int, list[Decision]]:
    refunded = Refund.objects.filter(
        order_line__order=OuterRef("order"), refunded_at__gte=start, refunded_at__lt=end
    )
    concerned = Rebooking.objects.filter(
        orders, Q(decided_at__gte=start) | Exists(refunded), merchant=merchant, decided_at__lt=end
    )
    rows = Rebooking.objects.filter(
        merchant=merchant, decided_at__lt=end, order__in=concerned.values("order")
    )
    decisions: dict[int, list[Decision]] = defaultdict(list)
    for row in rows.order_by("pk").values_list(
        "order_id",
        "decided_at",
        "attribution__supersedes__distributor_id",
        "attribution__distributor_id",
    ):
        decisions[row[0]].append(Decision(*row))
    return decisions


def _holder(steps: list[Decision], moment: datetime) -> int | None:
    holder = steps[0].loser
    for step in steps:
        if step.at < moment:
            holder = step.winner
    return holder


def _paid(orders: Iterable[int]) -> dict[int, int]:
    lines = OrderLine.objects.filter(order__in=list(orders)).order_by().values("order_id")
    return {
        pk: int(total)
        for pk, total in lines.annotate(total=Sum(stored_integer("paid_amount"))).values_list(
            "order_id", "total"
        )
    }


def _refunds(orders: Iterable[int], end: datetime) -> dict[int, list[tuple[datetime, int]]]:
    found = Refund.objects.filter(
        order_line__order__in=list(orders), status=Refund.Status.REFUNDED, refunded_at__lt=end
    )
    refunds: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for order, at, amount in found.values_list(
        "order_line__order_id", "refunded_at", stored_integer("amount")
    ):
        refunds[order].append((at, amount))
    return refunds
