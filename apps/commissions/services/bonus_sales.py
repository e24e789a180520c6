"""What a stage bonus is measured on: net sales, lines and people as they were at a period's end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, F, Q, Sum

from apps.commissions.engine import CompiledPlan, Line
from apps.commissions.models import Plan
from apps.commissions.selectors.moved_sales import moved_orders, moved_sales
from apps.core.bulk import stored_integer
from apps.distributors.models import Distributor
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund
from apps.promotion.services.uplines import Reference, Uplines

INSTANT = timedelta(microseconds=1)
LINE_FIELDS = ("pk", "order_id", "seller", "quantity", "order__booking__plan")
SELLER = F("order__attributions__distributor")
REFUND_SELLER = "order_line__order__attributions__distributor"


@dataclass(slots=True)
class SoldLine:
    """A line sold in the period. `net`: what was left of `paid` when the period ended."""

    pk: int
    seller: int
    quantity: int
    plan: int
    paid: int
    cost: int
    net: int

    def limit(self, plan: CompiledPlan) -> int | None:
        """The most the line may pay altogether, under the plan it was computed with."""
        return plan.limit(Line(self.pk, "", "", "", self.quantity, self.paid, 0, self.cost))


@dataclass(slots=True)
class Sales:
    """The period's sales: lines in the order they were paid, and each seller's net sales."""

    lines: list[SoldLine] = field(default_factory=list)
    own: dict[int, int] = field(default_factory=dict)


def has_unbooked_orders(*, merchant, before: datetime) -> bool:
    """Whether an order paid before this moment has not come through attribution and booking yet.

    Orders from before the first plan never will, and do not count.
    """
    first = Plan.objects.filter(merchant=merchant, effective_from__isnull=False)
    since = first.order_by("effective_from").values_list("effective_from", flat=True).first()
    waiting = Q(stage=Order.Stage.NEW)
    if since is not None:
        waiting |= Q(stage=Order.Stage.ATTRIBUTED, paid_at__gte=since)
    return Order.objects.filter(
        waiting, merchant=merchant, status__in=SOLD_STATUSES, paid_at__lt=before
    ).exists()


def read_sales(*, merchant, starts_at: datetime, ends_at: datetime) -> Sales:
    """Sales and refunds of [starts_at, ends_at), on orders that a plan covers. Five queries.

    What an appeal moved counts for each on their side of the decision (`moved_sales`); the line is
    whose it was when the period ended.
    """
    moved = moved_orders(merchant=merchant, starts_at=starts_at, ends_at=ends_at)
    sold = Q(order__paid_at__gte=starts_at, order__paid_at__lt=ends_at)
    known = OrderLine.objects.filter(
        sold,
        Q(order__attributions__distributor__isnull=False) | Q(order__in=list(moved)),
        merchant=merchant,
        order__status__in=SOLD_STATUSES,
        order__booking__isnull=False,
        order__attributions__number=1,
    )
    given_back = _refunds(
        merchant, ends_at, "order_line", order_line__order__paid_at__gte=starts_at
    )
    sales = Sales(own=defaultdict(int))
    rows = known.annotate(seller=SELLER).order_by("order__paid_at", "order_id", "line_no")
    amounts = map(stored_integer, ("paid_amount", "unit_cost"))
    for pk, order, first, quantity, plan, paid, cost in rows.values_list(*LINE_FIELDS, *amounts):
        if first is not None:
            sales.own[first] += paid
        seller = moved.get(order, first)
        if seller is not None:
            net = paid - given_back.get(pk, 0)
            sales.lines.append(SoldLine(pk, seller, quantity, plan, paid, cost * quantity, net))
    for seller, refunded in _refunds(
        merchant,
        ends_at,
        REFUND_SELLER,
        refunded_at__gte=starts_at,
        order_line__order__attributions__distributor__isnull=False,
        order_line__order__attributions__number=1,
    ).items():
        sales.own[seller] -= refunded
    changes = moved_sales(merchant=merchant, start=starts_at, end=ends_at)
    for person, change in changes.sales.items():
        sales.own[person] += change
    return sales


def _refunds(merchant, before: datetime, by: str, **within) -> dict[int, int]:
    """What was given back before a moment, in minor units, summed by `by`."""
    rows = Refund.objects.filter(
        merchant=merchant,
        status=Refund.Status.REFUNDED,
        refunded_at__lt=before,
        order_line__order__booking__isnull=False,
        **within,
    )
    total = Sum("amount", output_field=BigIntegerField())
    grouped = rows.order_by().values(by).annotate(total=total)
    return {pk: int(refunded) for pk, refunded in grouped.values_list(by, "total")}


class Teams:
    """Who stood above whom, and how everybody stood, at a period's last moment."""

    def __init__(self, ends_at: datetime):
        self._moment = ends_at - INSTANT
        self._people = Uplines(since=self._moment)
        self._above: dict[int, Reference | None] = {}

    def read(self, people: Iterable[int], *, with_uplines: bool) -> None:
        """Read these people and, where asked, everybody above them."""
        wanted: set[Reference] = set(people)
        while wanted:
            self._people.load(wanted)
            found = filter(None, map(self._people.person, wanted))
            wanted = set()
            for person in found if with_uplines else ():
                if person.pk not in self._above:
                    above = self._people.parent_at(person, self._moment)
                    self._above[person.pk] = above
                    wanted.update([above] if above else [])

    def path(self, pk: int) -> Iterator[int]:
        """The person and, if they were read, everybody above, from the person up."""
        met: set[int] = set()
        person = self._people.person(pk)
        # A history put together wrongly must not send anybody round in circles.
        while person is not None and person.pk not in met:
            met.add(person.pk)
            yield person.pk
            above = self._above.get(person.pk)
            person = self._people.person(above) if above else None

    def code(self, pk: int) -> str:
        """The person's code."""
        return self._people.person(pk).code

    def is_active(self, pk: int) -> bool:
        """Whether the person was active."""
        snapshot = self._people.snapshot(self._people.person(pk), self._moment)
        return snapshot["status"] == Distributor.Status.ACTIVE
