"""What a rehearsal came to: sums while it runs, and the result as people and JSON read it.

Sums are whole minor units; a result holds Decimals in major units, its JSON texts such as “12.34”.
Memory grows with the number of distributors, never with the number of orders.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from apps.commissions.models import Commission
from apps.core.money import to_major
from apps.distributors.models import Distributor

TODAY, DRAFT = 0, 1
PEOPLE_SHOWN = 20
LINES_SHOWN = 50
# Kinds whose depth is a place in the upline; for the others it says which of their rules paid.
CHAIN_KINDS = frozenset({"share", "level_difference", "same_level", "newcomer", "campaign"})
KIND_PLACES = {kind: place for place, kind in enumerate(Commission.Kind.values)}


class Move(NamedTuple):
    """Somebody under another upline than they have; None: at the top."""

    person: Distributor
    new_parent: Distributor | None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure as it is and as it would be, in major units; `key` says of what, `name` how that
    is called (empty where the key says it)."""

    key: str
    today: Decimal
    draft: Decimal
    difference: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What one distributor has earned and would have earned, in major units, net of refunds."""

    id: int
    code: str
    name: str
    today: Decimal
    draft: Decimal
    difference: Decimal


class CutLine(NamedTuple):
    """A line that hits the draft's ceiling: what the rules come to and what is paid of it, in
    minor units, before refunds."""

    order_id: int
    line_id: int
    full: int
    amount: int


class LossLine(NamedTuple):
    """A line that makes a loss under the draft only: its margin today and then, minor units."""

    order_id: int
    line_id: int
    today: int
    draft: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A period's real orders, as they were and as they would have been. Net of refunds.

    `by_depth` has the key "" for kinds that do not follow the upline, `by_level` for people without
    a level; each adds up to `commission`. `ceiling` counts lines and what was cut off before
    refunds; `losses` counts lines whose margin is below zero today, under the draft, and newly.
    """

    date_from: str
    date_to: str
    plan: str
    move: dict[str, str] | None
    orders: int
    lines: int
    not_booked: int
    paid: Decimal
    cost_of_goods: Decimal
    commission: Change
    margin: Change
    by_depth: list[Change]
    by_level: list[Change]
    by_kind: list[Change]
    winners: list[PersonChange]
    losers: list[PersonChange]
    people: dict[str, int]
    ceiling: dict[str, Any]
    losses: dict[str, Any]
    leaves_out_stage_bonuses: bool

    def as_json(self) -> dict[str, Any]:
        """The result as JSON holds it: amounts are texts with two decimals."""
        return _texts(asdict(self))


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def change(key: str, sums: list[int], name: str = "") -> Change:
    """Sums in minor units, [today, draft], as a figure."""
    today, draft = sums
    return Change(key, to_major(today), to_major(draft), to_major(draft - today), name)


def _sums() -> defaultdict:
    return defaultdict(lambda: [0, 0])


@dataclass
class Tally:
    """The sums of a rehearsal while it runs, in minor units, [today, draft]."""

    orders: int = 0
    lines: int = 0
    not_booked: int = 0
    leaves_out_stage_bonuses: bool = False
    paid: int = 0
    cost: int = 0
    commission: list[int] = field(default_factory=lambda: [0, 0])
    by_depth: dict[str, list[int]] = field(default_factory=_sums)
    by_level: dict[str, list[int]] = field(default_factory=_sums)
    by_kind: dict[str, list[int]] = field(default_factory=_sums)
    by_person: dict[int, list[int]] = field(default_factory=_sums)
    cut_count: int = 0
    cut_total: int = 0
    cut_lines: list[CutLine] = field(default_factory=list)
    loss_counts: list[int] = field(default_factory=lambda: [0, 0])
    new_losses: int = 0
    loss_lines: list[LossLine] = field(default_factory=list)

    def add(self, side: int, person: int, kind: str, depth: int, level: str, amount: int) -> None:
        """Count what somebody earns on one line, net of refunds."""
        self.commission[side] += amount
        self.by_depth[str(depth) if kind in CHAIN_KINDS else ""][side] += amount
        self.by_level[level][side] += amount
        self.by_kind[kind][side] += amount
        self.by_person[person][side] += amount

    def add_cut(self, line: CutLine) -> None:
        """Count a line that the draft's ceiling scales down."""
        self.cut_count += 1
        self.cut_total += line.full - line.amount
        if len(self.cut_lines) < LINES_SHOWN:
            self.cut_lines.append(line)

    def add_margin(self, line: LossLine) -> None:
        """Note whether a line makes a loss today, and whether it would."""
        self.loss_counts[TODAY] += line.today < 0
        self.loss_counts[DRAFT] += line.draft < 0
        if line.draft < 0 <= line.today:
            self.new_losses += 1
            if len(self.loss_lines) < LINES_SHOWN:
                self.loss_lines.append(line)

    def changes(self, sums: dict[str, list[int]]) -> list[Change]:
        """These sums as figures: keys in order, kinds in that of a plan, "" last."""
        keys = sorted(sums, key=lambda key: (key == "", KIND_PLACES.get(key, 0), key))
        return [change(key, sums[key]) for key in keys]

    def best(self, sign: int) -> list[tuple[int, list[int]]]:
        """(distributor, sums) of those who gain (sign 1) or lose (-1) most."""
        changed = (
            (pk, sums) for pk, sums in self.by_person.items() if sign * (sums[1] - sums[0]) > 0
        )
        return heapq.nsmallest(
            PEOPLE_SHOWN, changed, key=lambda each: (-sign * (each[1][1] - each[1][0]), each[0])
        )

    def people(self) -> dict[str, int]:
        """How many people would gain, lose, and earn the same."""
        counts = {"gain": 0, "lose": 0, "same": 0}
        for today, draft in self.by_person.values():
            counts["gain" if draft > today else "lose" if draft < today else "same"] += 1
        return counts

    def lines_shown(self) -> Iterable[int]:
        """The ids of the lines that the result names."""
        return {line.line_id for line in (*self.cut_lines, *self.loss_lines)}
