"""What has happened, kept in plain Python beside the product, and what the rules make of it.

The facts are noted from the arguments of operations that were accepted, never read from tables.
`owed` works out from them, by the second reading of the rules in `tests/reference`, what everybody
must have earned.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference.bonuses import Period, calendar, settle
from tests.reference.earning import Sale, released_at, sales_of_line, taken_back
from tests.reference.kinds import buyer_of, purchase_number
from tests.reference.rules import plan_at
from tests.reference.world import Campaign, Order, Person, Plan, Sku, World

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Seller:
    """A distributor with everything that changed about them, dated."""

    code: str
    phone: str
    joined_at: datetime
    parents: list[tuple[datetime, str]]
    levels: list[tuple[datetime, str]]
    statuses: list[tuple[datetime, str]]

    def at(self, moment: datetime) -> Person:
        """As they stood at the moment."""
        return Person(
            code=self.code,
            parent_code=_latest(self.parents, moment),
            name=self.code,
            phone=self.phone,
            level=_latest(self.levels, moment),
            status=_latest(self.statuses, moment),
            joined_at=self.joined_at,
        )


def _latest(history: list[tuple[datetime, str]], moment: datetime) -> str:
    begun = [value for at, value in history if at <= moment]
    return begun[-1] if begun else history[0][1]


@dataclass
class CampaignFact(Campaign):
    """One with its prices, by SKU code in minor units."""

    prices: dict[str, int] = field(default_factory=dict)

    def runs_at(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


@dataclass
class Facts:
    """Everything that was accepted so far. Orders are those of `tests.reference.world`."""

    skus: dict[str, Sku]
    sellers: dict[str, Seller] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    campaigns: list[CampaignFact] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    # Store → who keeps it.
    keepers: dict[str, str] = field(default_factory=dict)
    # Bonuses of the periods settled so far, and what each number was settled up to.
    bonuses: list[Sale] = field(default_factory=list)
    settled: dict[int, datetime] = field(default_factory=dict)
    # code → minor units on their way out, and gone
    withdrawing: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    written_off: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def activate(self, plan: Plan) -> None:
        self.plans = sorted([*self.plans, plan], key=lambda each: each.effective_from)

    def world_at(self, moment: datetime) -> World:
        """Everybody, every plan and store as an order paid at the moment meets them."""
        people = {code: seller.at(moment) for code, seller in self.sellers.items()}
        return World(
            ZONE, people, self.skus, self.orders, self.plans, self.keepers,
            campaigns=self.campaigns, past=self.world_at,
        )  # fmt: skip

    def price_at(self, sku: Sku, moment: datetime) -> int:
        """What a customer without a level pays for it: its own price, or a campaign's."""
        offers = [each.prices[sku.code] for each in self.campaigns
                  if sku.code in each.prices and each.runs_at(moment)]  # fmt: skip
        return min([sku.price, *offers])

    def note_computed(self, number: str) -> None:
        """The order was computed now: what it was told of stores and purchases stays for ever."""
        order = self.orders[number]
        world = self.world_at(order.paid_at)
        order.keeper = self.keepers.get(order.store, "")
        if buyer := buyer_of(world, order):
            order.purchase = purchase_number(world, buyer, order)

    def note_settled(self, number: int, end: datetime) -> None:
        """Bonus `number` of the period with this end was settled now; orders of later on and what
        else is recorded later change nothing of it."""
        world = self.world_at(end - INSTANT)
        [period] = [each for each in calendar(world, number, end) if each.end == end]
        period.start = max(period.start, self.settled.get(number, period.start))
        self.settled[number] = end
        self.bonuses += settle(world, period, self._earned_in(period), end)

    def _earned_in(self, period: Period) -> list[Sale]:
        sales = [*self.bonuses]
        for order in self.orders.values():
            if order.paid_at and period.start <= order.paid_at < period.end:
                sales += sales_of_order(self, order, period.end)
        return sales

    def bonus_ends(self, until: datetime) -> set[tuple[int, datetime]]:
        """(number, end) of every bonus period that ended by the moment."""
        world = self.world_at(until)
        return {
            (number, each.end) for number in (1, 2, 3) for each in calendar(world, number, until)
        }


def sales_of_order(facts: Facts, order: Order, as_of: datetime) -> list[Sale]:
    """What the order earns everybody, bonuses apart; nothing before the first plan."""
    world = facts.world_at(order.paid_at)
    plan = plan_at(world, order.paid_at)
    if plan is None:
        return []
    return [
        sale
        for line in order.lines.values()
        for sale in sales_of_line(world, order, line, plan, as_of)
    ]


# (order number, line number, beneficiary, kind, depth) → (earned, taken back, was released)
Earnings = dict[tuple[str, int, str, str, int], tuple[int, int, bool]]


def earnings(facts: Facts, as_of: datetime) -> Earnings:
    """What everybody must have earned, and lost to refunds, once all is settled as of a moment."""
    sales = [
        sale
        for order in facts.orders.values()
        if order.paid_at is not None and order.paid_at <= as_of
        for sale in sales_of_order(facts, order, as_of)
    ]
    result: Earnings = {}
    for sale in [*sales, *facts.bonuses]:
        # Only what is recorded by now tells when the hold of a bonus ends.
        release_at = released_at(sale.order, sale.plan, as_of)
        released = release_at is not None and max(release_at, sale.earned_at) <= as_of
        # By cumulative share only the sum of the refunds counts, never their order.
        refunded = sum(each.amount for each in sale.line.refunds if each.refunded_at <= as_of)
        key = (sale.order.number, sale.line.number, sale.beneficiary, sale.kind, sale.depth)
        result[key] = (sale.amount, taken_back(sale, refunded), released)
    return result


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
    for (_order, _line, code, _kind, _depth), (earned, lost, released) in earnings(
        facts, as_of
    ).items():
        if released:
            net[code] += earned - lost
        else:
            people[code].pending += earned - lost
    for code, person in people.items():
        person.withdrawing, person.paid = facts.withdrawing[code], facts.paid_out[code]
        left = net[code] + facts.written_off[code] - person.withdrawing - person.paid
        person.available, person.debt = max(0, left), max(0, -left)
    return people


INSTANT = timedelta(microseconds=1)
BEGINNING = datetime(2026, 3, 1, 1, tzinfo=UTC)
