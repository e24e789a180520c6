"""The rules of commission once more, as plainly as they can be said.

Written from the rules as a person with pencil and paper would apply them: one order at a time,
whole numbers of fen, fractions where a share is taken. Slow, and meant to be. It shares nothing
with the product, so that two independent readings of the rules can be compared.
"""

from datetime import datetime
from fractions import Fraction
from math import floor

from tests.reference.world import SOLD, Earning, Line, Order, Person, Plan, Rule, World


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
    """The distributor the order belongs to, after the rule of self-purchase, by the upline of the
    moment it was paid: no later move changes it."""
    person = world.people.get(order.distributor_code)
    if person is None or not is_same_person(person, order.customer):
        return person
    plan = plan_at(world, order.paid_at) or (world.plans[0] if world.plans else None)
    if plan is not None and plan.self_purchase:
        return person
    return world.people.get(world.as_of(order.paid_at).people[person.code].parent_code)


def chain_of(world: World, person: Person | None, plan: Plan) -> list[tuple[int, Person]]:
    """(depth, active beneficiary); compression lets the next active upline take the depth."""
    upline = []
    while person is not None:
        upline.append(person)
        person = world.people.get(person.parent_code)
    if plan.compression:
        upline = [p for p in upline if p.is_active]
    return [(depth, p) for depth, p in enumerate(upline[: plan.depths], start=1) if p.is_active]


def team_of(world: World, code: str) -> list[str]:
    """The person and everybody below."""
    team = [code]
    for member in team:
        team += [p.code for p in world.people.values() if p.parent_code == member]
    return team


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


def amount_by(rule: Rule | Earning, line: Line, base: int) -> int:
    """Half up for a percentage, per unit for a fixed amount."""
    if rule.amount is not None:
        return rule.amount * line.quantity
    return half_up(base * rule.percent / 100)


def limit_of(plan: Plan, line: Line) -> int | None:
    """The most that all kinds together may pay on the line; None without a ceiling."""
    if plan.ceiling is None:
        return None
    of, percent = plan.ceiling
    return floor({"paid": line.paid, "profit": line.profit}[of] * percent / 100)


def scaled_to(limit: int, amounts: list[int]) -> list[int]:
    """The amounts, scaled down to the limit by largest remainder, ties to the earlier."""
    total = sum(amounts)
    if total <= limit:
        return amounts
    return shared_out(limit, amounts)


def shared_out(whole: int, weights: list[int]) -> list[int]:
    """The whole in proportion to the weights by largest remainder, ties to the earlier."""
    total = sum(weights)
    shares = [weight * whole // total for weight in weights]
    remainders = [weight * whole % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: whole - sum(shares)]:
        shares[i] += 1
    return shares
