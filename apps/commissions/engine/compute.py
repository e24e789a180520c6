"""What everybody earns on the lines of an order."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.commissions.engine.inputs import NO_FACTS, Facts, Line, Upline
from apps.commissions.engine.plan import CompiledPlan, Place, Rule, earners
from apps.core.money import scale_to_limit


class Entitlement(NamedTuple):
    """What one person earns on one line. `amount` is after the ceiling, `full_amount` before it."""

    line_id: int
    beneficiary_id: int
    kind: str
    depth: int
    base: int
    rule: Rule
    full_amount: int
    amount: int


def compute(
    lines: Sequence[Line], chain: Sequence[Upline], plan: CompiledPlan, facts: Facts = NO_FACTS
) -> list[Entitlement]:
    """What everybody earns on these lines, by line, depth and kind. A zero amount makes no row."""
    people = earners(chain, plan)
    return [
        each for line in lines for each in compute_line(line, people, plan, facts) if each.amount
    ]


def compute_line(
    line: Line, people: Sequence[Place], plan: CompiledPlan, facts: Facts
) -> list[Entitlement]:
    """The claims on one line, made good within the ceiling; zero when nothing was left of one."""
    base = plan.base_of(line)
    claims, full_amounts = [], []
    for claim in plan.claims(line, people, facts):
        if full_amount := claim.rule.amount(base, line.quantity):
            claims.append(claim)
            full_amounts.append(full_amount)
    limit = plan.limit(line)
    amounts = full_amounts if limit is None else scale_to_limit(full_amounts, limit)
    return [
        Entitlement(line.id, person, kind, depth, base, rule, full_amount, amount)
        for (kind, depth, person, rule), full_amount, amount in zip(
            claims, full_amounts, amounts, strict=True
        )
    ]
