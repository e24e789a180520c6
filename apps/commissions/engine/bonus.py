"""Stage bonuses: which step was reached, what it pays, and how that is spread over the goods.

Whole numbers as everywhere in the engine: money in minor units, rates in basis points.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.core.money import (
    cumulative_share,
    percent_of,
    scale_to_limit,
    share_by_largest_remainder,
    to_basis_points,
    to_minor,
)


class Step(NamedTuple):
    """From net sales of `reach` on: a rate of the net sales, or a fixed amount."""

    reach: int
    rate: int | None
    fixed: int | None

    def bonus(self, net_sales: int) -> int:
        """What these net sales earn: half-up for a rate, exact for a fixed amount."""
        return self.fixed if self.rate is None else percent_of(max(net_sales, 0), self.rate)


class StageBonus(NamedTuple):
    """One of a plan's stage bonuses. `number` is its place in the plan, from 1."""

    number: int
    of_team: bool
    period: str
    steps: tuple[Step, ...]
    pool: int | None

    def step_reached(self, net_sales: int) -> Step | None:
        """The highest step within these net sales; None below the first."""
        reached = [step for step in self.steps if step.reach <= net_sales]
        return reached[-1] if reached else None

    def within_pool(self, amounts: Sequence[int]) -> list[int]:
        """Everybody's bonuses scaled down to the pool by largest remainder, ties to the earlier."""
        return list(amounts) if self.pool is None else scale_to_limit(amounts, self.pool)


def read_stage_bonuses(document: Mapping[str, Any]) -> list[StageBonus]:
    """The stage bonuses of a plan document, in its order; none where it has none."""
    return [
        StageBonus(
            number=number,
            of_team=raw["of"] == "team",
            period=raw["period"],
            steps=tuple(_step(step) for step in raw["steps"]),
            pool=to_minor(raw["pool"]) if "pool" in raw else None,
        )
        for number, raw in enumerate(document.get("stage_bonuses") or (), start=1)
    ]


def _step(raw: Mapping[str, str]) -> Step:
    return Step(
        reach=to_minor(raw["reach"]),
        rate=to_basis_points(raw["percent"]) if "percent" in raw else None,
        fixed=to_minor(raw["amount"]) if "amount" in raw else None,
    )


def spread(bonus: int, nets: Mapping[int, int]) -> dict[int, int]:
    """Line → its part of a bonus, by the line's net paid, largest remainder, ties to the earlier.

    Lines without anything left of them take no part; a part of zero is left out.
    """
    lines = [line for line, net in nets.items() if net > 0]
    parts = share_by_largest_remainder(bonus, [nets[line] for line in lines])
    return {line: part for line, part in zip(lines, parts, strict=True) if part}


def bonus_reversed(amount: int, base: int, paid: int, refunded: int) -> int:
    """How much of a line's part of a bonus its refunds so far have taken back.

    `base` is what was left of the line's `paid` when the period ended: refunds up to then are in it
    already, so only what goes beyond them counts, by cumulative share.
    """
    beyond = min(max(refunded - (paid - base), 0), base)
    return cumulative_share(amount, beyond, base)
