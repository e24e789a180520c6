"""What everybody earned up to a moment, and what refunds took back of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.reference.kinds import amounts_of, claims_on
from tests.reference.rules import base_of, half_up, is_sold, limit_of, plan_at, scaled_to
from tests.reference.world import Line, Order, Plan, World


@dataclass
class Sale:
    """What one beneficiary earned on one order line, by one kind."""

    order: Order
    line: Line
    beneficiary: str
    kind: str
    depth: int
    base: int
    percent: Fraction | None
    amount: int
    plan: Plan
    earned_at: datetime
    release_at: datetime | None


@dataclass
class Reversal:
    """What one refund took back from one sale's commission; negative where it was undone."""

    sale: Sale
    refund_no: str
    amount: int
    at: datetime


def sales_of_line(
    world: World, order: Order, line: Line, plan: Plan, as_of: datetime
) -> list[Sale]:
    """Under one ceiling for all kinds. The world is that of the moment of payment."""
    claims = claims_on(world, order, line, plan)
    amounts, limit = amounts_of(claims, plan, line), limit_of(plan, line)
    if limit is not None:
        amounts = scaled_to(limit, amounts)
    return [
        Sale(
            order=order,
            line=line,
            beneficiary=claim.beneficiary,
            kind=claim.kind,
            depth=claim.depth,
            base=base_of(plan, line),
            percent=claim.earning.percent,
            amount=amount,
            plan=plan,
            earned_at=order.paid_at,
            release_at=released_at(order, plan, as_of),
        )
        for claim, amount in zip(claims, amounts, strict=True)
        if amount
    ]


def released_at(order: Order, plan: Plan, as_of: datetime) -> datetime | None:
    """The end of the hold, as far as it is known."""
    if order.status == "completed" and order.completed_at and order.completed_at <= as_of:
        return order.completed_at + timedelta(days=plan.hold_days)
    return None


def sales_of_orders(world: World, as_of: datetime) -> list[Sale]:
    """Every commission booked for an order paid up to the moment; bonuses apart."""
    sales = []
    for order in world.orders.values():
        plan = plan_at(world, order.paid_at) if is_sold(order, as_of) else None
        if plan is not None:
            for line in order.lines.values():
                sales += sales_of_line(world, order, line, plan, as_of)
    return sales


def taken_back(sale: Sale, refunded: int) -> int:
    """What refunds of this much altogether have taken back of the sale's commission.

    A bonus stands on what was left of the line when its period ended, so only what goes beyond
    the refunds of before takes something back.
    """
    whole = sale.line.paid
    if sale.kind == "stage_bonus":
        refunded, whole = max(0, refunded - (whole - sale.base)), sale.base
    return half_up(Fraction(sale.amount * refunded, whole)) if whole else 0


def reversals_of(sale: Sale, as_of: datetime) -> list[Reversal]:
    """One row per refund that takes something back; by cumulative share, so nothing drifts."""
    rows, refunded, reversed_so_far = [], 0, 0
    for refund in sale.line.refunds:
        if refund.refunded_at > as_of:
            break
        refunded += refund.amount
        # What was given back before a bonus was earned is in its base.
        due = taken_back(sale, refunded) if refund.refunded_at >= sale.earned_at else 0
        if due != reversed_so_far:
            rows.append(Reversal(sale, refund.number, due - reversed_so_far, refund.refunded_at))
        reversed_so_far = due
    return rows


def is_released(sale: Sale, as_of: datetime) -> bool:
    return sale.release_at is not None and sale.release_at <= as_of
