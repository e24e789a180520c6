"""Auditing: every booked order of a period computed again, and compared with its rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Sum
from django.db.models.functions import Coalesce

from apps.commissions.engine import CompiledPlan, compute
from apps.commissions.models import Commission, OrderBooking, Plan, RefundBooking
from apps.commissions.selectors.comparing import (
    Difference,
    Finding,
    Key,
    StoredSale,
    find_differences,
    is_recomputed,
    told,
)
from apps.commissions.selectors.reading import (
    Version,
    engine_chain,
    engine_facts,
    engine_lines,
    read_versions,
)
from apps.commissions.selectors.rows import day_bounds
from apps.core.bulk import stored_integer
from apps.distributors.models import Distributor
from apps.orders.models import OrderLine, Refund

ORDERS_AT_ONCE = 1000
# An order and the rebooking by which it was booked; None: first.
Place = tuple[int, int | None]


@dataclass
class AuditCount:
    """How far an audit has come."""

    total: int = 0
    orders: int = 0
    commissions: int = 0


class BookedOrder(NamedTuple):
    """A booked order: all that is needed to compute it again, beside its lines."""

    booking: int
    pk: int
    order_no: str
    plan: int
    facts: dict[str, Any] | None


@dataclass(frozen=True)
class StoredRows:
    """What was stored of a chunk of orders, by order and rebooking (None: the first booking);
    refunds that are booked only."""

    sales: dict[Place, dict[Key, StoredSale]]
    reversed_so_far: dict[Place, dict[Key, int]]
    refunded: dict[int, tuple[int, int]]


def audit_commissions(
    *,
    merchant,
    date_from: date | None = None,
    date_to: date | None = None,
    watch: Callable[[AuditCount], None] | None = None,
) -> Iterator[Difference]:
    """Every difference between the commissions of orders paid within the days (both included, the
    merchant's zone) and what the engine makes of plan and snapshot today; nothing when all agree.

    Call inside the merchant's scope. Streams: a chunk of orders is held at a time. `watch` is
    called after each chunk.
    """
    booked = OrderBooking.objects.filter(merchant=merchant)
    start, end = day_bounds(merchant, date_from, date_to)
    if start:
        booked = booked.filter(order__paid_at__gte=start)
    if end:
        booked = booked.filter(order__paid_at__lt=end)
    count = AuditCount(total=booked.count() if watch else 0)
    plans: dict[int, CompiledPlan] = {}
    last = 0
    while orders := _next_orders(booked, last):
        last = orders[-1].booking
        _compile_new(plans, {each.plan for each in orders})
        stored = _stored_rows([each.pk for each in orders])
        yield from _differences(orders, plans, stored)
        count.orders += len(orders)
        count.commissions += sum(map(len, stored.sales.values()))
        if watch:
            watch(count)


def _next_orders(booked, last: int) -> list[BookedOrder]:
    rows = booked.filter(pk__gt=last).order_by("pk")
    columns = ("pk", "order_id", "order__order_no", "plan_id", "facts")
    return [BookedOrder(*row) for row in rows.values_list(*columns)[:ORDERS_AT_ONCE]]


def _compile_new(plans: dict[int, CompiledPlan], wanted: set[int]) -> None:
    for plan in Plan.objects.filter(pk__in=wanted - plans.keys()):
        plans[plan.pk] = CompiledPlan(plan.document)


def _stored_rows(orders: Sequence[int]) -> StoredRows:
    rows = Commission.objects.filter(order_line__order__in=orders)
    key = ("order_line_id", "beneficiary_id", "kind", "depth")
    sales: dict[Place, dict[Key, StoredSale]] = defaultdict(dict)
    numbers = map(stored_integer, ("base_amount", "rate", "amount"))
    for order, rebooking, *place, plan, base, rate, amount in rows.filter(
        reverses__isnull=True
    ).values_list("order_line__order_id", "rebooking_id", *key, "plan_id", *numbers):
        if is_recomputed(place[2]):
            sales[order, rebooking][tuple(place)] = StoredSale(plan, base, rate, amount)
    booked = RefundBooking.objects.filter(refund__order_line__order__in=orders).values("refund")
    reversed_so_far: dict[Place, dict[Key, int]] = defaultdict(lambda: defaultdict(int))
    for order, rebooking, *place, amount in rows.filter(refund__in=booked).values_list(
        "order_line__order_id", "reverses__rebooking_id", *key, stored_integer("amount")
    ):
        if is_recomputed(place[2]):
            reversed_so_far[order, rebooking][tuple(place)] -= amount
    refunds = Refund.objects.filter(pk__in=booked).order_by().values("order_line_id")
    refunded = {
        line: (int(part), whole)
        for line, part, whole in refunds.annotate(
            part=Coalesce(Sum(stored_integer("amount")), 0)
        ).values_list("order_line_id", "part", stored_integer("order_line__paid_amount"))
    }
    return StoredRows(sales, reversed_so_far, refunded)


def _differences(
    orders: Sequence[BookedOrder], plans: dict[int, CompiledPlan], stored: StoredRows
) -> Iterator[Difference]:
    lines = engine_lines([each.pk for each in orders])
    versions = read_versions({each.pk: each.facts for each in orders})
    findings: list[tuple[BookedOrder, Finding]] = []
    for order in orders:
        first = Version(None, [], order.facts, is_standing=True)
        for version in versions.get(order.pk, [first]):
            place = order.pk, version.rebooking
            found = find_differences(
                compute(
                    lines[order.pk],
                    engine_chain(version.chain),
                    plans[order.plan],
                    engine_facts(version.facts),
                ),
                order.plan,
                stored.sales.get(place, {}),
                # Of what an appeal took back nothing is left, whatever refunds took before.
                stored.reversed_so_far.get(place, {}) if version.is_standing else {},
                stored.refunded if version.is_standing else {},
            )
            findings += [(order, each) for each in found]
    if not findings:
        return
    keys = [finding.key for _order, finding in findings]
    people = Distributor.objects.filter(pk__in={key[1] for key in keys})
    codes = dict(people.order_by().values_list("pk", "code"))
    on_lines = OrderLine.objects.filter(pk__in={key[0] for key in keys})
    numbers = dict(on_lines.order_by().values_list("pk", "line_no"))
    for order, finding in findings:
        yield told(finding, order_no=order.order_no, line_numbers=numbers, codes=codes)
