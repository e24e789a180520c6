"""Booking: a paid order is attributed, becomes commissions, and commissions become money owed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from apps.commissions.engine import CompiledPlan, Entitlement, compute
from apps.commissions.models import Commission, OrderBooking, Plan
from apps.commissions.selectors.reading import (
    engine_chain,
    engine_facts,
    engine_lines,
    read_attributions,
)
from apps.commissions.services.facts import FactsByOrder, find_facts
from apps.core.bulk import insert_rows, json_text, no_search_for_cycles, reserve_ids
from apps.ledger.models import Account, Transfer
from apps.ledger.services import COMMISSION_EXPENSE, AccountRef, Posting, post_transfers
from apps.orders.models import Order
from apps.orders.services.claiming import SoldOrder, claim_orders, set_stage
from apps.promotion.services import Attributed, attribute_orders

DOCUMENT_TYPE = "commission"
Stage = Order.Stage
ACTIVATED_PLANS = """
    SELECT * FROM commissions_plan WHERE merchant_id = %s AND effective_from IS NOT NULL
    ORDER BY effective_from DESC
"""
BOOKING_COLUMNS = ("merchant_id", "order_id", "plan_id", "facts", "created_at")
COMMISSION_COLUMNS = (
    "id",
    "merchant_id",
    "order_line_id",
    "beneficiary_id",
    "kind",
    "depth",
    "plan_id",
    "base_amount",
    "rate",
    "amount",
    "earned_at",
    "created_at",
)


class Booked(NamedTuple):
    """What one chunk came to, and the last order it looked at (None: there was none)."""

    attributed: int
    orders: int
    commissions: int
    last: SoldOrder | None


class Plans:
    """A merchant's activated plans, ready for computing; none of them ends in this transaction."""

    def __init__(self, merchant):
        # Activating a plan ends the open one, and waits for this lock; whoever waits for that in
        # turn finds the plan ended, and leaves what it no longer covers. Shared: bookers do not
        # wait for each other.
        query = ACTIVATED_PLANS + (" FOR SHARE" if connection.vendor == "postgresql" else "")
        self._plans: list[Plan] = list(Plan.objects.raw(query, [merchant.pk]))
        self._compiled: dict[int, CompiledPlan] = {}

    @property
    def since(self) -> datetime | None:
        """From when on orders are computed at all."""
        return self._plans[-1].effective_from if self._plans else None

    def at(self, moment: datetime) -> Plan | None:
        """The plan in force at `moment`."""
        for plan in self._plans:
            if plan.effective_from <= moment:
                return plan if plan.effective_to is None or moment < plan.effective_to else None
        return None

    def compiled(self, plan: Plan) -> CompiledPlan:
        """The plan, ready for computing."""
        if plan.pk not in self._compiled:
            self._compiled[plan.pk] = CompiledPlan(plan.document)
        return self._compiled[plan.pk]

    def self_purchase_at(self, moment: datetime) -> bool | None:
        """Whether own purchases earned at `moment`; None where no plan decides it.

        No plan can come before the first one, which therefore decides what was paid before it.
        """
        plan = self.at(moment) or (self._plans[-1] if self._plans else None)
        return None if plan is None else plan.document["self_purchase"]


@no_search_for_cycles()
@transaction.atomic
def book_orders(
    *, merchant, as_of: datetime, stage: Stage, limit: int, after: SoldOrder | None = None
) -> Booked:
    """Take the next sold orders at `stage` (new, or attributed before a plan covered them) on.

    Each is attributed and computed under the plan in force when it was paid; one that no plan
    covers is left attributed, and waits. One transaction and a fixed number of statements; several
    workers may run it at once, each takes other orders. Call inside the merchant's scope.
    """
    plans = Plans(merchant)
    since = plans.since if stage == Stage.ATTRIBUTED else None
    if stage == Stage.ATTRIBUTED and since is None:
        return Booked(0, 0, 0, None)
    orders = claim_orders(
        merchant=merchant, stage=stage, as_of=as_of, limit=limit, since=since, after=after
    )
    if not orders:
        return Booked(0, 0, 0, None)
    if stage == Stage.NEW:
        attributed = attribute_orders(
            merchant=merchant, orders=orders, self_purchase_at=plans.self_purchase_at
        )
    else:
        attributed = read_attributions([order.pk for order in orders])
    plan_of = {
        order.pk: plan
        for order in orders
        if order.pk in attributed and (plan := plans.at(order.paid_at))
    }
    covered = [order for order in orders if order.pk in plan_of]
    commissions = _book(merchant, covered, attributed, plan_of, plans)
    _note_stages(stage, attributed, plan_of)
    new = len(attributed) if stage == Stage.NEW else 0
    return Booked(new, len(covered), commissions, orders[-1])


def _note_stages(stage: Stage, attributed: Mapping, plan_of: Mapping) -> None:
    set_stage(orders=list(plan_of), stage=Stage.BOOKED)
    if stage == Stage.NEW:
        waiting = [pk for pk in attributed if pk not in plan_of]
        set_stage(orders=waiting, stage=Stage.ATTRIBUTED)


def _book(
    merchant,
    orders: Sequence[SoldOrder],
    attributed: Mapping[int, Attributed],
    plan_of: Mapping[int, Plan],
    plans: Plans,
) -> int:
    if not orders:
        return 0
    compiled = {pk: plans.compiled(plan) for pk, plan in plan_of.items()}
    facts = find_facts(orders=orders, attributed=attributed, plan_of=compiled)
    entitlements = _entitlements(orders, attributed, compiled, facts)
    now = timezone.now()
    merchant_id, plan_ids = merchant.pk, {pk: plan.pk for pk, plan in plan_of.items()}
    insert_rows(
        OrderBooking,
        BOOKING_COLUMNS,
        (
            (merchant_id, order.pk, plan_ids[order.pk], json_text(facts.get(order.pk)), now)
            for order in orders
        ),
    )
    if not entitlements:
        return 0
    ids = reserve_ids(Commission, len(entitlements))
    insert_rows(
        Commission,
        COMMISSION_COLUMNS,
        (
            _row(pk, merchant_id, plan_ids[order.pk], order.paid_at, each, now)
            for pk, (order, each) in zip(ids, entitlements, strict=True)
        ),
    )
    postings = [
        earning(pk, each.beneficiary_id, each.amount, order.paid_at)
        for pk, (order, each) in zip(ids, entitlements, strict=True)
    ]
    post_transfers(merchant=merchant, postings=postings, are_new=True)
    return len(entitlements)


def _entitlements(
    orders: Sequence[SoldOrder],
    attributed: Mapping[int, Attributed],
    plan_of: Mapping[int, CompiledPlan],
    facts: FactsByOrder,
) -> list[tuple[SoldOrder, Entitlement]]:
    lines = engine_lines([order.pk for order in orders])
    return [
        (order, each)
        for order in orders
        for each in compute(
            lines[order.pk],
            engine_chain(attributed[order.pk].chain),
            plan_of[order.pk],
            engine_facts(facts.get(order.pk)),
        )
    ]


def _row(
    pk: int, merchant_id: int, plan_id: int, earned_at: datetime, each: Entitlement, now: datetime
) -> tuple:
    """A commission as COMMISSION_COLUMNS names it."""
    return (
        pk,
        merchant_id,
        each.line_id,
        each.beneficiary_id,
        each.kind,
        each.depth,
        plan_id,
        each.base,
        each.rule.rate,
        each.amount,
        earned_at,
        now,
    )


def earning(commission: int, person: int, amount: int, earned_at: datetime) -> Posting:
    """The transfer that makes a commission money owed, pending; `amount` in minor units."""
    return Posting(
        key=f"commission:{commission}:earn",
        kind=Transfer.Kind.EARN,
        debit=COMMISSION_EXPENSE,
        credit=AccountRef(Account.Kind.PENDING, person),
        amount=amount,
        effective_at=earned_at,
        document_type=DOCUMENT_TYPE,
        document_id=commission,
    )
