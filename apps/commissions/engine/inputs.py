"""What the engine is told: lines, people and facts as they were when the order was paid.

Named tuples rather than data classes: a batch makes hundreds of thousands of them.
"""

from typing import NamedTuple


class Extra(NamedTuple):
    """What a campaign adds for its goods: its code, and a rate in basis points of the base."""

    campaign: str
    rate: int


class Line(NamedTuple):
    """One order line as it was when ordered. `paid`, `list`, `cost` are totals in minor units.

    `extra`: of the campaign that ran for these goods then.
    """

    id: int
    sku: str
    product: str
    category: str
    quantity: int
    paid: int
    list: int
    cost: int
    extra: Extra | None = None

    @property
    def profit(self) -> int:
        """Paid less cost, never below zero (1)."""
        return max(0, self.paid - self.cost)


class Upline(NamedTuple):
    """A person as they stood when the order was paid; `level` is the level's code."""

    id: int
    level: str | None
    is_active: bool


class Agent(NamedTuple):
    """The person who looks after a region, with the place of their rule in the plan."""

    number: int
    region: str
    person: Upline


class Facts(NamedTuple):
    """What further kinds need to know of an order beyond its lines and chain.

    `seller_days`: whole days since the person at depth 1 joined. `recruiter`: the upline of a buyer
    who is a distributor; `purchase`: which of that buyer's own orders this is, from 1. `agents`:
    those of the ship-to region, widest region first. `store`: who keeps the store it was picked up
    at. None where it is not so.
    """

    seller_days: int | None = None
    recruiter: Upline | None = None
    purchase: int | None = None
    agents: tuple[Agent, ...] = ()
    store: Upline | None = None


NO_FACTS = Facts()
