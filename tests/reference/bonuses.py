"""Stage bonuses (docs, point 11): a period's net sales reach a step, and the period's lines pay."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.reference.earning import Sale, released_at
from tests.reference.rules import (
    attributed_to,
    half_up,
    limit_of,
    plan_at,
    scaled_to,
    shared_out,
    team_of,
)
from tests.reference.world import SOLD, Earning, Line, Order, Person, Plan, StageBonus, World

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass
class Period:
    """[start, end) of bonus `number` (from 1) of a plan."""

    number: int
    start: datetime
    end: datetime
    plan: Plan

    @property
    def bonus(self) -> StageBonus:
        return self.plan.stage_bonuses[self.number - 1]


def ended_periods(world: World, as_of: datetime) -> list[Period]:
    """All that ended up to the moment and may have sales, in the order in which they are settled.

    The plan in force at the last moment decides; a period begins no sooner than the one before it
    of the same number ended.
    """
    until = min(as_of, last_payment(world) + timedelta(days=366))
    periods = []
    for number in (1, 2, 3):
        before = None
        for period in sorted(calendar(world, number, until), key=lambda each: each.end):
            start = period.start if before is None else max(period.start, before)
            periods.append(replace(period, start=start))
            before = period.end
    return sorted(periods, key=lambda each: (each.end, each.number))


def last_payment(world: World) -> datetime:
    paid = [order.paid_at for order in world.orders.values() if order.paid_at]
    return max(paid, default=datetime(2000, 1, 1, tzinfo=world.zone))


def calendar(world: World, number: int, until: datetime) -> Iterator[Period]:
    """The calendar's periods of this number whose last moment a plan with that number decides."""
    for place, plan in enumerate(world.plans):
        if len(plan.stage_bonuses) < number:
            continue
        begins = plan.effective_from
        ends = world.plans[place + 1].effective_from if world.plans[place + 1 :] else until
        months = MONTHS[plan.stage_bonuses[number - 1].period]
        for first in range(12 * (begins.year - 1), 12 * (until.year + 1), months):
            start, end = (
                datetime(month // 12, month % 12 + 1, 1, tzinfo=world.zone)
                for month in (first, first + months)
            )
            if begins < end <= min(ends, until):
                yield Period(number, start, end, plan)


@dataclass
class SoldLine:
    """A line sold in the period: its seller, and what was left of it when the period ended."""

    order: Order
    line: Line
    seller: str
    left: int


def settle(world: World, period: Period, earned: list[Sale], as_of: datetime) -> list[Sale]:
    """The bonuses of a period as rows on its lines.

    `earned`: everything earned so far on these lines. The world's people are those of the period's
    last moment.
    """
    lines, own = sales_in(world, period)
    bonuses, steps = {}, {}
    for code in sorted(world.people):
        team = team_of(world, code) if period.bonus.of == "team" else [code]
        net = sum(own.get(member, 0) for member in team)
        step = highest_step(period.bonus, net)
        if any(member in own for member in team) and step and world.people[code].is_active:
            steps[code] = step
            bonuses[code] = step.amount if step.amount is not None else half_up(
                max(net, 0) * step.percent / 100
            )  # fmt: skip
    if period.bonus.pool is not None:
        scaled = scaled_to(period.bonus.pool, list(bonuses.values()))
        bonuses = dict(zip(bonuses, scaled, strict=True))
    parts = {code: parts_of(world, period, lines, code, bonus) for code, bonus in bonuses.items()}
    rows = []
    for number, sold in enumerate(lines):
        upwards = [
            code for code in upline_of(world, sold.seller) if parts.get(code, {}).get(number)
        ]
        wanted = [parts[code][number] for code in upwards]
        for code, amount in zip(upwards, within_ceiling(world, sold, wanted, earned), strict=True):
            if amount:
                rows.append(row(period, sold, code, steps[code], amount, as_of))
    return rows


def sales_in(world: World, period: Period) -> tuple[list[SoldLine], dict[str, int]]:
    """(the period's lines in the order they were paid, net own sales by code).

    Only orders that a plan covers count. Whoever had neither a sale nor a refund is left out.
    """
    lines, own = [], {}
    orders = [each for each in world.orders.values() if each.status in (*SOLD, "closed")]
    for order in sorted(orders, key=lambda each: each.paid_at):
        seller = attributed_to(world, order)
        if seller is None or plan_at(world, order.paid_at) is None:
            continue
        for _, line in sorted(order.lines.items()):
            if period.start <= order.paid_at < period.end:
                before = [each.amount for each in line.refunds if each.refunded_at < period.end]
                lines.append(SoldLine(order, line, seller.code, line.paid - sum(before)))
                own[seller.code] = own.get(seller.code, 0) + line.paid
            for refund in line.refunds:
                if period.start <= refund.refunded_at < period.end:
                    own[seller.code] = own.get(seller.code, 0) - refund.amount
    return lines, own


def highest_step(bonus: StageBonus, net_sales: int) -> Earning | None:
    reached = [earning for reach, earning in bonus.steps if net_sales >= reach]
    return reached[-1] if reached else None


def parts_of(
    world: World, period: Period, lines: list[SoldLine], code: str, bonus: int
) -> dict[int, int]:
    """Line number → its part of somebody's bonus, in proportion to what is left of the lines."""
    team = team_of(world, code) if period.bonus.of == "team" else [code]
    mine = [n for n, sold in enumerate(lines) if sold.seller in team and sold.left > 0]
    if not mine:
        return {}
    shares = shared_out(bonus, [lines[n].left for n in mine])
    return dict(zip(mine, shares, strict=True))


def upline_of(world: World, code: str) -> list[str]:
    """The person and everybody above, from the person up."""
    people: list[str] = []
    person: Person | None = world.people[code]
    while person is not None:
        people.append(person.code)
        person = world.people.get(person.parent_code)
    return people


def within_ceiling(
    world: World, sold: SoldLine, wanted: list[int], earned: list[Sale]
) -> list[int]:
    """The parts cut to what the line's own plan leaves beside all the line pays already."""
    limit = limit_of(plan_at(world, sold.order.paid_at), sold.line)
    if limit is None:
        return wanted
    taken = sum(sale.amount for sale in earned if sale.line is sold.line)
    return scaled_to(max(0, limit - taken), wanted)


def row(
    period: Period, sold: SoldLine, code: str, step: Earning, amount: int, as_of: datetime
) -> Sale:
    """Held as its plan says, and never released before the period ended."""
    release_at = released_at(sold.order, period.plan, as_of)
    return Sale(
        order=sold.order,
        line=sold.line,
        beneficiary=code,
        kind="stage_bonus",
        depth=period.number,
        base=sold.left,
        percent=step.percent,
        amount=amount,
        plan=period.plan,
        earned_at=period.end,
        release_at=release_at and max(release_at, period.end),
    )
