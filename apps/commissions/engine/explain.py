"""Why a line earned what it earned, and who earned nothing: the same computing, told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from apps.commissions.engine.compute import Entitlement, compute_line
from apps.commissions.engine.inputs import NO_FACTS, Facts, Line, Upline
from apps.commissions.engine.plan import (
    CompiledPlan,
    Rule,
    campaign_rule,
    earners,
    is_early_purchase,
    is_newcomer,
    paid_agents,
    seller_of,
    tier_of,
)


class Outcome(StrEnum):
    """What became of somebody who might have earned."""

    PAID = auto()
    # The ceiling left nothing of the amount.
    CAPPED = auto()
    # The amount rounds to zero, or the rule says zero.
    ZERO = auto()
    # No rule of the plan fits this line, depth and level.
    NO_RULE = auto()
    # Not active: the share stays with the merchant.
    INACTIVE = auto()
    # Not active: the next upline took the depth (compression).
    PASSED_OVER = auto()
    # Above the depths this plan pays.
    BEYOND_DEPTHS = auto()
    # Level difference: nothing above the highest rate paid below.
    NO_DIFFERENCE = auto()
    # Joined too long ago for the newcomer boost.
    NO_NEWCOMER = auto()
    # Referral: the buyer's first orders have been used up.
    LATER_PURCHASE = auto()
    # Region: an agent of a nearer region is paid.
    WIDER_REGION = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might have earned on a line. Amounts in minor units, zero unless paid."""

    kind: str
    depth: int | None
    person: int
    outcome: Outcome
    rule: Rule | None = None
    full_amount: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """One line: its base, its limit (None without a ceiling), and everybody considered."""

    line: Line
    base: int
    limit: int | None
    candidates: list[Candidate]

    @property
    def full_total(self) -> int:
        """What all rules together come to before the ceiling."""
        return sum(each.full_amount for each in self.candidates)

    @property
    def total(self) -> int:
        """What everybody together earned."""
        return sum(each.amount for each in self.candidates)

    @property
    def is_scaled(self) -> bool:
        """Whether the ceiling took something away."""
        return self.total < self.full_total


def explain_line(
    line: Line, chain: Sequence[Upline], plan: CompiledPlan, facts: Facts = NO_FACTS
) -> LineExplanation:
    """What `compute` does with one line, with the reason for everybody who earned nothing."""
    people = earners(chain, plan)
    entitlements = compute_line(line, people, plan, facts)
    found = [_paid(each) for each in entitlements]
    earning = {(each.kind, each.depth, each.person) for each in found}
    # Who is told about with this kind and depth; a candidate with an amount is there already.
    for candidate in (
        *_others_in_chain(line, chain, people, plan),
        *_without_difference(people, plan),
        *_others_by_facts(line, people, plan, facts),
    ):
        if (candidate.kind, candidate.depth, candidate.person) not in earning:
            found.append(candidate)
    return LineExplanation(line, plan.base_of(line), plan.limit(line), found)


def _paid(entitlement: Entitlement) -> Candidate:
    return Candidate(
        kind=entitlement.kind,
        depth=entitlement.depth,
        person=entitlement.beneficiary_id,
        outcome=Outcome.PAID if entitlement.amount else Outcome.CAPPED,
        rule=entitlement.rule,
        full_amount=entitlement.full_amount,
        amount=entitlement.amount,
    )


def _others_in_chain(line, chain, people, plan) -> Iterator[Candidate]:
    places = {person.id: depth for depth, person in people}
    depth = 0
    for person in chain:
        if person.is_active or not plan.compression:
            depth += 1
        if depth > plan.depths:
            yield Candidate("share", None, person.id, Outcome.BEYOND_DEPTHS)
        elif not person.is_active:
            reason = Outcome.PASSED_OVER if plan.compression else Outcome.INACTIVE
            yield Candidate("share", None if plan.compression else depth, person.id, reason)
        else:
            rule = plan.rule_for(line, places[person.id], person.level)
            reason = Outcome.ZERO if rule else Outcome.NO_RULE
            yield Candidate("share", depth, person.id, reason, rule)


def _without_difference(people, plan) -> Iterator[Candidate]:
    for depth, person in people if plan.level_rates else ():
        if depth > 1 and person.level in plan.level_rates:
            rule = plan.level_rates[person.level]
            yield Candidate("level_difference", depth, person.id, Outcome.NO_DIFFERENCE, rule)


def _others_by_facts(line, people, plan, facts: Facts) -> Iterator[Candidate]:
    seller = seller_of(people)
    if plan.newcomer and seller:
        reason = Outcome.ZERO if is_newcomer(plan, facts) else Outcome.NO_NEWCOMER
        yield Candidate("newcomer", 1, seller.id, reason, plan.newcomer)
    if line.extra and seller:
        yield Candidate("campaign", 1, seller.id, Outcome.ZERO, campaign_rule(line.extra))
    if plan.referral and facts.recruiter:
        reason = _standing(facts.recruiter)
        if not is_early_purchase(plan, facts):
            reason = Outcome.LATER_PURCHASE
        yield Candidate("referral", 1, facts.recruiter.id, reason, plan.referral)
    chosen = paid_agents(plan, facts)
    for agent in facts.agents:
        reason = _standing(agent.person)
        if agent.person.is_active and agent not in chosen:
            reason = Outcome.WIDER_REGION
        yield Candidate("region", tier_of(agent.region), agent.person.id, reason)
    if plan.store and facts.store:
        yield Candidate("store", 1, facts.store.id, _standing(facts.store), plan.store)


def _standing(person: Upline) -> Outcome:
    return Outcome.ZERO if person.is_active else Outcome.INACTIVE
