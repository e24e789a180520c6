"""The rules of commission once more, as plainly as they can be said.

Written from the rules as a person with pencil and paper would apply them: one order at a time,
whole numbers of fen, fractions where a share is taken. Slow, and meant to be. It shares nothing
with the product, so that two independent readings of the rules can be compared.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from tests.reference.world import SOLD, Line, Order, Person, Plan, Rule, World


@dataclass
class Sale:
    """What one beneficiary earned on one order line."""

    order: Order
    line: Line
    beneficiary: str
    depth: int
    base: int
    percent: Fraction | None
    amount: int
    plan: Plan
    release_at: datetime | None


@dataclass
class Reversal:
    """What one refund took back from one sale's commission; negative where it was undone."""

    sale: Sale
    refund_no: str
    amount: int
    at: datetime


def half_up(value: Fraction) -> int:
    """Round a value that is not negative to a whole number, a half upwards."""
    return floor(value + Fraction(1, 2))


# Attribution and chain


def plan_at(world: World, moment: datetime) -> Plan | None:
    """The plan active at the moment: the latest one that had begun."""
    begun = [plan for plan in world.plans if plan.effective_from <= moment]
    return begun[-1] if begun else None


def is_sold(order: Order, as_of: datetime) -> bool:
    return order.status in SOLD and order.paid_at is not None and order.paid_at <= as_of


def is_same_person(person: Person, customer: str) -> bool:
    return bool(customer) and customer in (person.code, person.phone)


def attributed_to(world: World, order: Order) -> Person | None:
    """The distributor the order belongs to, after the rule of self-purchase."""
    person = world.people.get(order.distributor_code)
    if person is None or not is_same_person(person, order.customer):
        return person
    plan = plan_at(world, order.paid_at) or (world.plans[0] if world.plans else None)
    if plan is not None and plan.self_purchase:
        return person
    return world.people.get(person.parent_code)


def chain_of(world: World, person: Person | None, plan: Plan) -> list[tuple[int, Person]]:
    """(depth, active beneficiary); compression lets the next active upline take the depth."""
    upline = []
    while person is not None:
        upline.append(person)
        person = world.people.get(person.parent_code)
    if plan.compression:
        upline = [p for p in upline if p.is_active]
    return [(depth, p) for depth, p in enumerate(upline[: plan.depths], start=1) if p.is_active]


# Rules and amounts


def rule_for(plan: Plan, line: Line, depth: int, level: str) -> Rule | None:
    """SKU, product, nearest category up the path, default; in each, the level before any level."""
    path = line.sku.category
    scopes = [("sku", line.sku.code), ("product", line.sku.code)]
    scopes += [("category", path[:length]) for length in range(len(path), 0, -1)]
    scopes += [("default", None)]
    for scope in scopes:
        for wanted in (level or None, None):
            for rule in plan.rules:
                if rule.depth == depth and rule.scope == scope and rule.level == wanted:
                    return rule
    return None


def base_of(plan: Plan, line: Line) -> int:
    return {"paid": line.paid, "list": line.list_amount, "profit": line.profit}[plan.base]


def amount_by(rule: Rule, line: Line, base: int) -> int:
    if rule.amount is not None:
        return rule.amount * line.quantity
    return half_up(base * rule.percent / 100)


def under_ceiling(amounts: list[int], plan: Plan, line: Line) -> list[int]:
    """The amounts, in order of depth, scaled down to the ceiling by largest remainder."""
    total = sum(amounts)
    if plan.ceiling is None:
        return amounts
    of, percent = plan.ceiling
    limit = floor({"paid": line.paid, "profit": line.profit}[of] * percent / 100)
    if total <= limit:
        return amounts
    scaled = [amount * limit // total for amount in amounts]
    remainders = [amount * limit % total for amount in amounts]
    by_remainder = sorted(range(len(amounts)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: limit - sum(scaled)]:
        scaled[i] += 1
    return scaled


def sales_of_line(
    order: Order, line: Line, plan: Plan, chain: list[tuple[int, Person]], as_of: datetime
) -> list[Sale]:
    base = base_of(plan, line)
    earned = []
    for depth, person in chain:
        rule = rule_for(plan, line, depth, person.level)
        if rule is not None:
            earned.append((depth, person, rule, amount_by(rule, line, base)))
    final = under_ceiling([amount for *_, amount in earned], plan, line)
    release_at = None
    if order.status == "completed" and order.completed_at and order.completed_at <= as_of:
        release_at = order.completed_at + timedelta(days=plan.hold_days)
    return [
        Sale(order, line, person.code, depth, base, rule.percent, amount, plan, release_at)
        for (depth, person, rule, _), amount in zip(earned, final, strict=True)
        if amount
    ]


def all_sales(world: World, as_of: datetime) -> list[Sale]:
    """Every commission booked for a sale up to the moment."""
    sales = []
    for order in world.orders.values():
        if not is_sold(order, as_of):
            continue
        plan = plan_at(world, order.paid_at)
        if plan is None:
            continue
        chain = chain_of(world, attributed_to(world, order), plan)
        for line in order.lines.values():
            sales += sales_of_line(order, line, plan, chain, as_of)
    return sales


def reversals_of(sale: Sale, as_of: datetime) -> list[Reversal]:
    """One row per refund that takes something back; by cumulative share, so nothing drifts."""
    rows, refunded, reversed_so_far = [], 0, 0
    for refund in sale.line.refunds:
        if refund.refunded_at > as_of:
            break
        refunded += refund.amount
        due = half_up(Fraction(sale.amount * refunded, sale.line.paid))
        if due != reversed_so_far:
            rows.append(Reversal(sale, refund.number, due - reversed_so_far, refund.refunded_at))
        reversed_so_far = due
    return rows


def is_released(sale: Sale, as_of: datetime) -> bool:
    return sale.release_at is not None and sale.release_at <= as_of
