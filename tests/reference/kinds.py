"""Who may claim what on a line: shares by depth, and the kinds beside them (docs, point 12).

As in `rules.py`, told from the documents and not from the product.
"""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import ceil

from tests.reference.rules import (
    amount_by,
    attributed_to,
    base_of,
    chain_of,
    is_same_person,
    rule_for,
)
from tests.reference.world import SOLD, Earning, Line, Order, Person, Plan, World

# Who is served first when a fen of the ceiling is left over at one depth.
KINDS = "share level_difference same_level newcomer campaign referral region store".split()


@dataclass
class Claim:
    """What somebody would earn on a line if there were no ceiling."""

    kind: str
    depth: int
    beneficiary: str
    earning: Earning


def claims_on(world: World, order: Order, line: Line, plan: Plan) -> list[Claim]:
    """All claims, by depth and then kind. The world is that of the moment of payment."""
    chain = chain_of(world, attributed_to(world, order), plan)
    shares = shares_of(plan, line, chain)
    claims = [
        *shares,
        *level_differences(plan, line, chain, shares),
        *newcomer_boost(order, plan, chain),
        *campaign_extra(world, order, line, chain),
        *referral_award(world, order, plan),
        *regional_agents(world, order, plan),
        *store_share(world, order, plan),
    ]
    return sorted(claims, key=lambda claim: (claim.depth, KINDS.index(claim.kind)))


def percentage(percent: Fraction) -> Earning:
    return Earning(percent, None)


def shares_of(plan: Plan, line: Line, chain: list[tuple[int, Person]]) -> list[Claim]:
    claims = []
    for depth, person in chain:
        rule = rule_for(plan, line, depth, person.level)
        if rule is not None:
            earning = Earning(rule.percent, rule.amount)
            claims.append(Claim("share", depth, person.code, earning))
    return claims


def level_differences(
    plan: Plan, line: Line, chain: list[tuple[int, Person]], shares: list[Claim]
) -> list[Claim]:
    """From the seller up: the level's rate less the highest rate already paid below.

    Whoever has the level that set the highest rate, and therefore gets no difference, earns the
    same-level award, once per level.
    """
    if not plan.level_rates:
        return []
    claims: list[Claim] = []
    highest, set_by, awarded = Fraction(0), None, set()
    for depth, person in chain:
        own = plan.level_rates.get(person.level)
        if depth > 1 and own is not None:
            if own > highest:
                earning = percentage(own - highest)
                claims.append(Claim("level_difference", depth, person.code, earning))
                highest, set_by = own, person.level
            elif person.level == set_by and person.level not in awarded:
                awarded.add(person.level)
                if plan.same_level is not None:
                    earning = percentage(plan.same_level)
                    claims.append(Claim("same_level", depth, person.code, earning))
        for share in shares:
            if share.depth == depth and rate_of(share, plan, line) > highest:
                highest, set_by = rate_of(share, plan, line), person.level
    return claims


def rate_of(share: Claim, plan: Plan, line: Line) -> Fraction:
    """In percent; a fixed amount counts as its part of the base, rounded up to two decimals."""
    if share.earning.percent is not None:
        return share.earning.percent
    base = base_of(plan, line)
    if not base:
        return Fraction(0)
    return Fraction(ceil(Fraction(share.earning.amount * line.quantity * 10_000, base)), 100)


def newcomer_boost(order: Order, plan: Plan, chain: list[tuple[int, Person]]) -> list[Claim]:
    """To the person at depth 1, in the first days, of 24 hours each, after joining."""
    if plan.newcomer is None:
        return []
    days, percent = plan.newcomer
    return [
        Claim("newcomer", 1, person.code, percentage(percent))
        for depth, person in chain
        if depth == 1
        and person.joined_at <= order.paid_at < person.joined_at + timedelta(days=days)
    ]


def campaign_extra(
    world: World, order: Order, line: Line, chain: list[tuple[int, Person]]
) -> list[Claim]:
    """To the person at depth 1, for goods of a campaign that ran when the order was placed: the
    highest of several."""
    placed_at = order.placed_at or order.paid_at
    extras = [
        each.extra
        for each in world.campaigns
        if line.sku.code in each.skus and each.starts_at <= placed_at < each.ends_at
    ]
    if not extras:
        return []
    return [
        Claim("campaign", 1, person.code, percentage(max(extras)))
        for depth, person in chain
        if depth == 1
    ]


def referral_award(world: World, order: Order, plan: Plan) -> list[Claim]:
    """To the upline of a buyer who is a distributor, for their first orders since they joined."""
    buyer = buyer_of(world, order)
    if plan.referral is None or buyer is None or order.paid_at < buyer.joined_at:
        return []
    orders, percent = plan.referral
    upline = world.people.get(buyer.parent_code)
    if upline is None or not upline.is_active or purchase_number(world, buyer, order) > orders:
        return []
    return [Claim("referral", 1, upline.code, percentage(percent))]


def buyer_of(world: World, order: Order) -> Person | None:
    """The distributor who bought, known by phone or code."""
    for person in world.people.values():
        if is_same_person(person, order.customer):
            return person
    return None


def purchase_number(world: World, buyer: Person, order: Order) -> int:
    """Which of the buyer's orders since joining this is: the first is 1.

    A number that was found when the order was computed stays.
    """
    if order.purchase is not None:
        return order.purchase
    number = 0
    for position, other in enumerate(world.orders.values()):
        if other is order:
            mine = position
    for position, other in enumerate(world.orders.values()):
        if not is_same_person(buyer, other.customer) or other.status not in (*SOLD, "closed"):
            continue
        if buyer.joined_at <= other.paid_at and (other.paid_at, position) <= (order.paid_at, mine):
            number += 1
    return number


def regional_agents(world: World, order: Order, plan: Plan) -> list[Claim]:
    """To the active agents of the regions the order is shipped into: the nearest one, or all."""
    address = tuple(part.strip() for part in order.region.split("/") if part.strip())
    concerned = [
        agent
        for agent in sorted(plan.agents, key=lambda each: len(each.region))
        if address[: len(agent.region)] == agent.region
        and world.people[agent.distributor].is_active
    ]
    if plan.region_pays == "nearest":
        concerned = concerned[-1:]
    return [
        Claim("region", len(agent.region), agent.distributor, agent.earning) for agent in concerned
    ]


def store_share(world: World, order: Order, plan: Plan) -> list[Claim]:
    """To whoever keeps the store at which the order is picked up."""
    if plan.store is None or not order.store:
        return []
    keeper = world.people[order.keeper or world.keepers[order.store]]
    return [Claim("store", 1, keeper.code, plan.store)] if keeper.is_active else []


def amounts_of(claims: list[Claim], plan: Plan, line: Line) -> list[int]:
    base = base_of(plan, line)
    return [amount_by(claim.earning, line, base) for claim in claims]
