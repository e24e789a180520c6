"""Stage bonuses: a period has ended, and whoever reached a step earns on the goods that did it.

A bonus exists only as rows on order lines of the period, like every other commission, so that
refunds take it back and the ceiling of each line holds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import BigIntegerField, Sum
from django.utils import timezone

from apps.commissions.engine import CompiledPlan, Step, spread
from apps.commissions.models import BonusPeriod, Commission, Plan, RefundBooking
from apps.commissions.services.bonus_periods import DuePeriod, due_periods
from apps.commissions.services.bonus_sales import (
    INSTANT,
    Sales,
    SoldLine,
    Teams,
    has_unbooked_orders,
    read_sales,
)
from apps.commissions.services.booking import COMMISSION_COLUMNS, earning
from apps.commissions.services.plans import plans_lock
from apps.core.bulk import insert_rows, reserve_ids
from apps.core.locks import lock_until_commit
from apps.core.money import scale_to_limit, to_major, to_percent
from apps.ledger.services import post_transfers
from apps.orders.services.lookups import chunks

KIND = Commission.Kind.STAGE_BONUS
# A line, who earns on it, and how much in minor units.
Part = tuple[SoldLine, int, int]


class Settled(NamedTuple):
    """How many rows were made, and up to which moment refunds and releases may be settled."""

    rows: int
    until: datetime


@dataclass(slots=True)
class Winner:
    """Somebody who reached a step; amounts in minor units."""

    person: int
    code: str
    net_sales: int
    step: Step
    is_active: bool
    bonus: int
    after_pool: int = 0
    paid: int = 0


def settle_bonuses(*, merchant, as_of: datetime) -> Settled:
    """Settle every bonus period that ended by `as_of`, each once and in a transaction of its own.

    A period waits while orders paid in it are not computed yet; then what happened after its end
    waits with it (`Settled.until`), so that everything takes place in the order of time. Several
    workers may call it at once. Call inside the merchant's scope.
    """
    rows = 0
    for period in due_periods(merchant=merchant, as_of=as_of):
        made = _settle_period(merchant, period, as_of)
        if made is None:
            return Settled(rows, period.ends_at - INSTANT)
        rows += made
    return Settled(rows, as_of)


@transaction.atomic
def _settle_period(merchant, period: DuePeriod, as_of: datetime) -> int | None:
    # No plan is activated meanwhile, and another worker with the same period waits here.
    lock_until_commit(plans_lock(merchant))
    if period not in due_periods(merchant=merchant, as_of=as_of):
        return 0
    if has_unbooked_orders(merchant=merchant, before=period.ends_at):
        return None
    sales = read_sales(merchant=merchant, starts_at=period.starts_at, ends_at=period.ends_at)
    teams = Teams(period.ends_at)
    teams.read(sales.own, with_uplines=period.bonus.of_team)
    winners = _winners(period, sales, teams)
    parts = _within_ceilings(_parts(winners, sales.lines, teams))
    for _line, person, amount in parts:
        winners[person].paid += amount
    _write(merchant, period, winners, parts)
    BonusPeriod.objects.create(
        merchant=merchant,
        plan=period.plan,
        number=period.bonus.number,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        figures=_figures(period, sales, winners),
    )
    return len(parts)


def _winners(period: DuePeriod, sales: Sales, teams: Teams) -> dict[int, Winner]:
    """Everybody who reached a step, by code, with their bonus before and after the pool."""
    net_sales: dict[int, int] = defaultdict(int)
    for seller, own in sales.own.items():
        for person in teams.path(seller):
            net_sales[person] += own
    winners = []
    for person, net in net_sales.items():
        if step := period.bonus.step_reached(net):
            is_active = teams.is_active(person)
            bonus = step.bonus(net) if is_active else 0
            winners.append(Winner(person, teams.code(person), net, step, is_active, bonus))
    winners.sort(key=lambda each: each.code)
    pooled = period.bonus.within_pool([each.bonus for each in winners])
    for each, amount in zip(winners, pooled, strict=True):
        each.after_pool = amount
    return {each.person: each for each in winners}


def _parts(
    winners: Mapping[int, Winner], lines: Sequence[SoldLine], teams: Teams
) -> list[list[Part]]:
    """Everybody's parts, line by line; within a line from the seller up."""
    earners = {
        seller: [
            person
            for person in teams.path(seller)
            if person in winners and winners[person].after_pool
        ]
        for seller in {line.seller for line in lines}
    }
    nets: dict[int, dict[int, int]] = defaultdict(dict)
    for line in lines:
        for person in earners[line.seller]:
            nets[person][line.pk] = line.net
    shares = {person: spread(winners[person].after_pool, nets[person]) for person in nets}
    return [
        [
            (line, person, shares[person][line.pk])
            for person in earners[line.seller]
            if line.pk in shares[person]
        ]
        for line in lines
    ]


def _within_ceilings(by_line: Sequence[list[Part]]) -> list[Part]:
    """What the ceilings of the lines leave of the parts, beside all that the lines pay already."""
    by_line = [parts for parts in by_line if parts]
    if not by_line:
        return []
    plans = {
        pk: CompiledPlan(document)
        for pk, document in Plan.objects.filter(
            pk__in={parts[0][0].plan for parts in by_line}
        ).values_list("pk", "document")
    }
    capped = [parts[0][0].pk for parts in by_line if plans[parts[0][0].plan].ceiling_of]
    taken = _paid_already(capped)
    kept = []
    for parts in by_line:
        line = parts[0][0]
        limit = line.limit(plans[line.plan])
        amounts = [amount for _line, _person, amount in parts]
        if limit is not None:
            amounts = scale_to_limit(amounts, max(limit - taken.get(line.pk, 0), 0))
        for (_line, person, _amount), amount in zip(parts, amounts, strict=True):
            if amount:
                kept.append((line, person, amount))
    return kept


def _paid_already(lines: Sequence[int]) -> dict[int, int]:
    """Line → what its commissions come to, refunds apart, in minor units."""
    total = Sum("amount", output_field=BigIntegerField())
    paid: dict[int, int] = {}
    for part in chunks(lines):
        rows = Commission.objects.standing().filter(order_line__in=part).order_by()
        paid |= rows.values("order_line").annotate(total=total).values_list("order_line", "total")
    return paid


def _write(merchant, period: DuePeriod, winners: Mapping[int, Winner], parts: list[Part]) -> None:
    """The rows and their transfers, all earned at the moment the period ended."""
    if not parts:
        return
    now, earned_at = timezone.now(), period.ends_at
    ids = reserve_ids(Commission, len(parts))
    rows, postings = [], []
    for pk, (line, person, amount) in zip(ids, parts, strict=True):
        rows.append(
            (
                pk,
                merchant.pk,
                line.pk,
                person,
                str(KIND),
                period.bonus.number,
                period.plan.pk,
                line.net,
                winners[person].step.rate,
                amount,
                earned_at,
                now,
            )
        )
        postings.append(earning(pk, person, amount, earned_at))
    insert_rows(Commission, COMMISSION_COLUMNS, rows)
    post_transfers(merchant=merchant, postings=postings, are_new=True)
    _look_at_refunds_again(period, {line.pk for line, _person, _amount in parts})


def _look_at_refunds_again(period: DuePeriod, lines: set[int]) -> None:
    # A plan that takes effect in the past pays a bonus on lines whose refunds were settled before.
    for part in chunks(sorted(lines)):
        RefundBooking.objects.filter(
            refund__order_line__in=part, refund__refunded_at__gte=period.ends_at
        ).delete()


def _figures(period: DuePeriod, sales: Sales, winners: Mapping[int, Winner]) -> dict[str, Any]:
    """What the period was settled on: money in major units and percentages, as exact texts."""
    bonus = period.bonus
    return {
        "of": "team" if bonus.of_team else "own",
        "period": bonus.period,
        "pool": None if bonus.pool is None else str(to_major(bonus.pool)),
        "lines": len(sales.lines),
        "sales": str(to_major(sum(sales.own.values()))),
        "bonus": str(to_major(sum(each.bonus for each in winners.values()))),
        "paid": str(to_major(sum(each.paid for each in winners.values()))),
        "people": [_figure(each) for each in winners.values()],
    }


def _figure(winner: Winner) -> dict[str, Any]:
    step = {"reach": str(to_major(winner.step.reach))}
    if winner.step.rate is None:
        step["amount"] = str(to_major(winner.step.fixed))
    else:
        step["percent"] = str(to_percent(winner.step.rate))
    return {
        "code": winner.code,
        "net_sales": str(to_major(winner.net_sales)),
        "step": step,
        "active": winner.is_active,
        "bonus": str(to_major(winner.bonus)),
        "after_pool": str(to_major(winner.after_pool)),
        "paid": str(to_major(winner.paid)),
    }
