"""Rehearsing (试算): a period's real orders under a draft plan, or with somebody under another
upline. Reads, computes with the engine that books, and writes nothing.

“Today” is what was really booked: the stored rows of the sales. Both sides are net of the refunds
known now, by the cumulative share that settling uses (design §5 Exactly, 8). An attribution is
found anew only where the draft or the move changes it; otherwise the stored chain counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.commissions.engine import CompiledPlan, Entitlement, Line, compute
from apps.commissions.models import Commission, OrderBooking, Plan, Rebooking
from apps.commissions.selectors import day_bounds
from apps.commissions.selectors.reading import (
    engine_chain,
    engine_facts,
    engine_lines,
    read_attributions,
)
from apps.commissions.services.facts import find_facts
from apps.commissions.services.plans import check_document
from apps.commissions.services.rehearsal import (
    DRAFT,
    TODAY,
    CutLine,
    LossLine,
    Move,
    Rehearsal,
    Tally,
)
from apps.commissions.services.rehearsal_report import report
from apps.core.bulk import stored_integer
from apps.core.errors import Refused
from apps.core.money import cumulative_share
from apps.orders.models import SOLD_STATUSES, Order, OrderLine
from apps.orders.services.claiming import ORDER_COLUMNS, SoldOrder
from apps.promotion.models import Attribution
from apps.promotion.services.attributing import Attributed, find_attributions
from apps.promotion.services.uplines import Uplines

ORDERS_PER_CHUNK = 2000
# What a plan must have in common with another for the facts kept with a booking to serve both.
FACT_KINDS = ("newcomer", "referral", "regions", "store")
Method = Attribution.Method
OnProgress = Callable[[int, int], None]


class RehearsalRefused(Refused):
    """A rehearsal that has no answer."""


def rehearse(
    *,
    merchant,
    date_from: date,
    date_to: date,
    plan_document: str | bytes | dict | None = None,
    move: Move | None = None,
    on_progress: OnProgress | None = None,
) -> Rehearsal:
    """What the orders paid from `date_from` to `date_to` (the merchant's days, both included) have
    cost, and would cost under `plan_document` and with `move` as if it had always been so.

    Call inside the merchant's scope. Without a document each order keeps the plan it was booked
    under. `on_progress(done, total)` is told of every chunk of orders. Raises PlanRefused naming
    every fault of the document, RehearsalRefused for a period or a move that cannot be.
    """
    scenario = Scenario(merchant, plan_document, move)
    orders = _sold_orders(merchant, date_from, date_to)
    done, total = 0, orders.count()
    tally = Tally()
    for chunk in _chunks(orders):
        _Chunk(scenario, chunk).count(tally)
        done += len(chunk)
        if on_progress:
            on_progress(done, max(done, total))
    return report(
        merchant=merchant,
        tally=tally,
        days=(date_from, date_to),
        plan=scenario.document["name"] if scenario.document else "",
        move=move,
    )


def check_move(move: Move) -> None:
    """Raises RehearsalRefused for a move under oneself, one's own team or where one is already."""
    person, new_parent = move
    if new_parent is not None and new_parent.merchant_id != person.merchant_id:
        raise RehearsalRefused(_("The new upline is not a distributor of this merchant."))
    if (new_parent.pk if new_parent else None) == person.parent_id:
        raise RehearsalRefused(_("%(person)s stands there already.") % {"person": person})
    upline = new_parent
    while upline is not None:
        if upline.pk == person.pk:
            raise RehearsalRefused(
                _("%(upline)s is in the team of %(person)s: choose somebody outside it.")
                % {"upline": new_parent, "person": person}
            )
        upline = upline.parent


class Scenario:
    """What is rehearsed: a draft, a move, or both; and the plans that orders were booked under."""

    def __init__(self, merchant, plan_document: str | bytes | dict | None, move: Move | None):
        if plan_document is None and move is None:
            raise RehearsalRefused(_("Choose a plan or a move to rehearse."))
        if move is not None:
            check_move(move)
        self.merchant = merchant
        self.move = move
        self.document = None
        self.draft: CompiledPlan | None = None
        if plan_document is not None:
            self.document = check_document(merchant, plan_document)
            self.draft = CompiledPlan(self.document)
        self._booked: dict[int, tuple[dict, CompiledPlan]] = {}

    def booked(self, plan_id: int) -> tuple[dict, CompiledPlan]:
        """The document of a plan that orders were booked under, and ready for computing."""
        if plan_id not in self._booked:
            document = Plan.objects.values_list("document", flat=True).get(pk=plan_id)
            self._booked[plan_id] = document, CompiledPlan(document)
        return self._booked[plan_id]

    def uplines(self, orders: Sequence[SoldOrder]) -> Uplines:
        """The tree of these orders' time, with the move made."""
        moved = {}
        if self.move is not None:
            person, new_parent = self.move
            moved[person.pk] = new_parent.pk if new_parent else None
        return Uplines(since=min(order.paid_at for order in orders), moved=moved)


def _sold_orders(merchant, date_from: date, date_to: date):
    if date_from > date_to:
        raise RehearsalRefused(_("The period ends before it begins."))
    start, end = day_bounds(merchant, date_from, date_to)
    return Order.objects.filter(
        merchant=merchant, status__in=SOLD_STATUSES, paid_at__gte=start, paid_at__lt=end
    )


def _chunks(orders) -> Iterator[list[SoldOrder]]:
    """The orders by time of payment, each chunk one query that starts behind the last order."""
    rows = orders.order_by("paid_at", "pk").values_list(*ORDER_COLUMNS)
    page = rows
    while chunk := [SoldOrder(*row) for row in page[:ORDERS_PER_CHUNK]]:
        yield chunk
        last = chunk[-1]
        # The bound apart, as in claiming: or SQLite sorts all that is left for every chunk.
        page = rows.filter(
            Q(paid_at__gt=last.paid_at) | Q(paid_at=last.paid_at, pk__gt=last.pk),
            paid_at__gte=last.paid_at,
        )


class _Chunk:
    """Some orders with all that computing them again takes."""

    def __init__(self, scenario: Scenario, orders: Sequence[SoldOrder]):
        self.scenario = scenario
        self.orders = orders
        self.ids = [order.pk for order in orders]
        self.uplines = scenario.uplines(orders)
        self.stored = read_attributions(self.ids)
        self.bookings = self._booked()
        self.orders = [self._as_decided(order) for order in orders]
        # Orders without a draft and a booking have no plan: they earn nothing on either side.
        self.plan_of: dict[int, CompiledPlan] = {}
        self.documents: dict[int, dict] = {}
        for pk in self.ids:
            if pk in self.bookings:
                self.documents[pk], self.plan_of[pk] = scenario.booked(self.bookings[pk][0])
            if scenario.draft is not None:
                self.documents[pk], self.plan_of[pk] = scenario.document, scenario.draft
        self.attributed = self._attributions()
        self.facts = self._facts()

    def count(self, tally: Tally) -> None:
        """Add these orders to the sums."""
        lines = engine_lines(self.ids)
        refunded = _refunded(self.ids)
        sold = self._booked_rows()
        tally.orders += len(self.orders)
        tally.leaves_out_stage_bonuses |= any(
            document.get("stage_bonuses") for document in self.documents.values()
        )
        tally.not_booked += len(self.orders) - len(self.bookings)
        for order in self.orders:
            computed = self._computed(order, lines[order.pk])
            levels = self._levels(order)
            for line in lines[order.pk]:
                sides = (sold.get(line.id, ()), computed.get(line.id, ()))
                _count_line(tally, order.pk, line, refunded.get(line.id, 0), sides, levels)

    def _attributions(self) -> dict[int, Attributed]:
        """How each order would be attributed: as it was, but where the scenario changes that."""
        stale: dict[bool, list[SoldOrder]] = defaultdict(list)
        for order in self.orders:
            if order.pk in self.plan_of:
                earns_own = self.documents[order.pk]["self_purchase"]
                if self._is_stale(order, earns_own):
                    stale[earns_own].append(order)
        attributed = dict(self.stored)
        for earns_own, orders in stale.items():
            attributed |= find_attributions(
                orders=orders,
                self_purchase_at=lambda _moment, answer=earns_own: answer,
                uplines=self.uplines,
            )
        return attributed

    def _booked(self) -> dict[int, tuple[int, dict | None]]:
        """Order id → its plan and the facts it was booked on last."""
        bookings = OrderBooking.objects.filter(order_id__in=self.ids)
        columns = bookings.values_list("order_id", "plan_id", "facts")
        booked = {pk: (plan_id, facts) for pk, plan_id, facts in columns}
        moved = [pk for pk, each in self.stored.items() if each.method == Method.APPEAL]
        if moved:
            again = Rebooking.objects.filter(order__in=moved).order_by("pk")
            for pk, facts in again.values_list("order_id", "facts"):
                booked[pk] = booked[pk][0], facts
        return booked

    def _as_decided(self, order: SoldOrder) -> SoldOrder:
        """An order that an appeal gave to somebody is theirs, whoever brought it."""
        stored = self.stored.get(order.pk)
        if stored is None or stored.method != Method.APPEAL:
            return order
        return order._replace(distributor=stored.distributor)

    def _is_stale(self, order: SoldOrder, earns_own: bool) -> bool:
        if order.pk not in self.stored:
            return True
        method, chain, _evidence = self.stored[order.pk]
        if self.scenario.move is not None:
            moved = self.scenario.move.person.pk
            if order.distributor == moved or any(each["id"] == moved for each in chain):
                return True
        if earns_own:
            return method == Method.SELF_TO_PARENT or (
                method == Method.NONE and order.distributor is not None
            )
        return method == Method.SELF_PURCHASE

    def _facts(self) -> dict[int, dict[str, Any] | None]:
        """The facts each order's plan asks for: as they were kept, where nothing changes them."""
        facts, asking = {}, []
        for order in self.orders:
            plan = self.plan_of.get(order.pk)
            if plan is None or not plan.needs_facts:
                continue
            if self._may_keep_facts(order):
                facts[order.pk] = self.bookings[order.pk][1]
            else:
                asking.append(order)
        return facts | find_facts(
            orders=asking,
            attributed=self.attributed,
            plan_of=self.plan_of,
            uplines=self.uplines,
        )

    def _may_keep_facts(self, order: SoldOrder) -> bool:
        if order.pk not in self.bookings or self.attributed[order.pk] is not self.stored[order.pk]:
            return False
        if self.scenario.move is not None and self._is_moved(order.customer):
            return False
        booked, _compiled = self.scenario.booked(self.bookings[order.pk][0])
        mine = self.documents[order.pk]
        return all(booked.get(kind) == mine.get(kind) for kind in FACT_KINDS)

    def _is_moved(self, identifier: str) -> bool:
        """Whether the buyer is the person who is moved."""
        pk = self.scenario.move.person.pk
        self.uplines.load([pk])
        return self.uplines.person(pk).is_known_as(identifier)

    def _computed(self, order: SoldOrder, lines: list[Line]) -> Mapping[int, list[Entitlement]]:
        """Line id → what would be earned on it."""
        found = defaultdict(list)
        if order.pk in self.plan_of:
            for each in compute(
                lines,
                engine_chain(self.attributed[order.pk].chain),
                self.plan_of[order.pk],
                engine_facts(self.facts.get(order.pk)),
            ):
                found[each.line_id].append(each)
        return found

    def _booked_rows(self) -> Mapping[int, list[Entitlement]]:
        """Line id → what was booked on its sale; bonuses of a period are no order's own."""
        found = defaultdict(list)
        rows = (
            Commission.objects.standing()
            .filter(order_line__order_id__in=self.ids)
            .exclude(kind=Commission.Kind.STAGE_BONUS)
        )
        amount = stored_integer("amount")
        for line_id, person, kind, depth, booked in rows.values_list(
            "order_line_id", "beneficiary_id", "kind", "depth", amount
        ):
            found[line_id].append(
                Entitlement(line_id, person, kind, depth, 0, None, booked, booked)
            )
        return found

    def _levels(self, order: SoldOrder) -> tuple[dict[int, str], dict[int, str]]:
        """Who had which level when the order was paid, as booked and as rehearsed."""
        stored = self.stored.get(order.pk)
        kept = self.bookings[order.pk][1] if order.pk in self.bookings else None
        mine = self.attributed.get(order.pk)
        return (
            _levels_of(stored.chain if stored else (), kept),
            _levels_of(mine.chain if mine else (), self.facts.get(order.pk)),
        )


def _levels_of(chain: Sequence[dict], facts: dict[str, Any] | None) -> dict[int, str]:
    facts = facts or {}
    others = (facts.get("recruiter"), facts.get("store"), *facts.get("agents", ()))
    return {each["id"]: each["level"] or "" for each in (*others, *chain) if each}


def _refunded(orders: Sequence[int]) -> dict[int, int]:
    """Line id → what has been given back so far, for lines with any refund."""
    rows = OrderLine.objects.filter(order_id__in=orders, refunded_amount__gt=0)
    return dict(rows.values_list("pk", stored_integer("refunded_amount")))


def _count_line(
    tally: Tally,
    order_id: int,
    line: Line,
    refunded: int,
    sides: tuple[Sequence[Entitlement], Sequence[Entitlement]],
    levels: tuple[dict[int, str], dict[int, str]],
) -> None:
    paid = line.paid - refunded
    cost = line.cost - cumulative_share(line.cost, refunded, line.paid)
    tally.lines += 1
    tally.paid += paid
    tally.cost += cost
    margins = []
    for side in (TODAY, DRAFT):
        earned = 0
        for each in sides[side]:
            net = each.amount - cumulative_share(each.amount, refunded, line.paid)
            level = levels[side].get(each.beneficiary_id, "")
            tally.add(side, each.beneficiary_id, each.kind, each.depth, level, net)
            earned += net
        margins.append(paid - cost - earned)
    full = sum(each.full_amount for each in sides[DRAFT])
    amount = sum(each.amount for each in sides[DRAFT])
    if amount < full:
        tally.add_cut(CutLine(order_id, line.id, full, amount))
    tally.add_margin(LossLine(order_id, line.id, *margins))
