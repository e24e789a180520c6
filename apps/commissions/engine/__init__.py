"""The commission engine: (lines, chain, plan, facts) → entitlements, without a database.

Everything is an integer: money in minor units, rates in basis points. The rules are design §5
“Exactly”, points 1 to 6, and `docs/commissions.md`; the numbers in comments refer to them.
"""

from apps.commissions.engine.bonus import (
    StageBonus,
    Step,
    bonus_reversed,
    read_stage_bonuses,
    spread,
)
from apps.commissions.engine.compute import Entitlement, compute
from apps.commissions.engine.explain import Candidate, LineExplanation, Outcome, explain_line
from apps.commissions.engine.inputs import NO_FACTS, Agent, Extra, Facts, Line, Upline
from apps.commissions.engine.plan import CompiledPlan, Rule, earners

__all__ = [
    "NO_FACTS",
    "Agent",
    "Candidate",
    "CompiledPlan",
    "Entitlement",
    "Extra",
    "Facts",
    "Line",
    "LineExplanation",
    "Outcome",
    "Rule",
    "StageBonus",
    "Step",
    "Upline",
    "bonus_reversed",
    "compute",
    "earners",
    "explain_line",
    "read_stage_bonuses",
    "spread",
]
