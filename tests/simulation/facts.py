"""What has happened, kept in plain Python beside the product, and what the rules make of it.

The facts are noted from the arguments of operations that were accepted, never read from tables.
`owed` works out from them, by the second reading of the rules in `tests/reference`, what everybody
must have earned.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.reference.rules import (
    Sale,
    attributed_to,
    chain_of,
    half_up,
    plan_at,
    sales_of_line,
)
from tests.reference.world import Order, Person, Plan, Sku, World

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Seller:
    """A distributor with everything that changed about them, dated."""

    code: str
    phone: str
    parent_code: str
    levels: list[tuple[datetime, str]]
    statuses: list[tuple[datetime, str]]

    def at(self, moment: datetime) -> Person:
        """As they stood at the moment."""
        return Person(
            code=self.code,
            parent_code=self.parent_code,
            name=self.code,
            phone=self.phone,
            level=_latest(self.levels, moment),
            status=_latest(self.statuses, moment),
        )


def _latest(history: list[tuple[datetime, str]], moment: datetime) -> str:
    begun = [value for at, value in history if at <= moment]
    return begun[-1] if begun else history[0][1]


@dataclass
class Facts:
    """Everything that was accepted so far. Orders are those of `tests.reference.world`."""

    skus: dict[str, Sku]
    sellers: dict[str, Seller] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    # code → minor units on their way out, and gone
    withdrawing: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    written_off: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def activate(self, plan: Plan) -> None:
        self.plans = sorted([*self.plans, plan], key=lambda each: each.effective_from)

    def world_at(self, moment: datetime) -> World:
        """Everybody and every plan as an order paid at the moment meets them."""
        people = {code: seller.at(moment) for code, seller in self.sellers.items()}
        return World(ZONE, people, self.skus, {}, self.plans)


# (order number, line number, beneficiary, depth) → (earned, taken back, was released)
Earnings = dict[tuple[str, int, str, int], tuple[int, int, bool]]


def earnings(facts: Facts, as_of: datetime) -> Earnings:
    """What everybody must have earned, and lost to refunds, once all is settled as of a moment."""
    result: Earnings = {}
    for order in facts.orders.values():
        if order.paid_at is None or order.paid_at > as_of:
            continue
        world = facts.world_at(order.paid_at)
        plan = plan_at(world, order.paid_at)
        if plan is None:
            continue
        chain = chain_of(world, attributed_to(world, order), plan)
        for line in order.lines.values():
            for sale in sales_of_line(order, line, plan, chain, as_of):
                released = sale.release_at is not None and sale.release_at <= as_of
                key = (order.number, line.number, sale.beneficiary, sale.depth)
                result[key] = (sale.amount, _taken_back(sale, as_of), released)
    return result


def _taken_back(sale: Sale, as_of: datetime) -> int:
    """By cumulative share: only the sum of the refunds counts, never their order."""
    refunded = sum(each.amount for each in sale.line.refunds if each.refunded_at <= as_of)
    if not sale.line.paid:
        return 0
    return half_up(Fraction(sale.amount * refunded, sale.line.paid))


@dataclass
class Owed:
    """One person's balances, in minor units."""

    pending: int = 0
    available: int = 0
    withdrawing: int = 0
    paid: int = 0
    debt: int = 0


def owed(facts: Facts, as_of: datetime) -> dict[str, Owed]:
    """Everybody's balances once all is settled as of a moment.

    What was released and not taken back or taken out is available if positive, else debt: whoever
    owes never has something available, whatever the order in which things came about.
    """
    people = {code: Owed() for code in facts.sellers}
    net: dict[str, int] = defaultdict(int)
    for (_order, _line, code, _depth), (earned, lost, released) in earnings(facts, as_of).items():
        if released:
            net[code] += earned - lost
        else:
            people[code].pending += earned - lost
    for code, person in people.items():
        person.withdrawing, person.paid = facts.withdrawing[code], facts.paid_out[code]
        left = net[code] + facts.written_off[code] - person.withdrawing - person.paid
        person.available, person.debt = max(0, left), max(0, -left)
    return people


BEGINNING = datetime(2026, 3, 1, 1, tzinfo=UTC)
