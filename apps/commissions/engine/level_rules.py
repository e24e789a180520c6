"""Which level somebody's figures reach: a pure function, one person at a time.

Money is in minor units. Days are the merchant's; a review of day D counts what happened before D
began. Levels are told by id, and by rank, the higher the better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

MONTHS = {"month": 1, "quarter": 3}


class Window(NamedTuple):
    """The days [start, end) of a figure; without a start, since the beginning."""

    start: date | None
    end: date


class Need(NamedTuple):
    """One figure over one window; `level` where the level says what is counted."""

    kind: str
    window: Window
    level: int | None = None


# The figure of the ladder's need of this number.
Figures = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Condition:
    """At least so much of a figure: minor units, or a number of orders."""

    kind: str
    period: str
    days: int | None
    at_least: int

    def windows(self, day: date) -> list[Window]:
        """What is looked at on `day`: the best of these counts.

        For a calendar period the one that is running and the last full one, so that a level is
        reached as soon as the figure is, and kept until the end of the period after it.
        """
        if self.period == "lifetime":
            return [Window(None, day)]
        if self.period == "days":
            return [Window(day - timedelta(days=self.days), day)]
        months = MONTHS[self.period]
        # The running period is that of the last day counted.
        last = day - timedelta(days=1)
        number = (last.year * 12 + last.month - 1) // months
        begins, before = _first_day(number * months), _first_day((number - 1) * months)
        return [Window(begins, day), Window(before, begins)]


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A level as far as reaching and keeping it goes. Without conditions it is given by hand."""

    pk: int
    rank: int
    conditions: tuple[Condition, ...] = ()
    needs_all: bool = True
    grace_days: int | None = None


class Reached(NamedTuple):
    """A condition against the best figure found, and over which days."""

    condition: Condition
    figure: int
    window: Window

    @property
    def is_met(self) -> bool:
        """Whether the figure is high enough."""
        return self.figure >= self.condition.at_least


class Step(StrEnum):
    """What a review does with somebody."""

    NOTHING = ""
    RAISE = "raise"
    LOWER = "lower"
    BEGIN_GRACE = "begin_grace"
    END_GRACE = "end_grace"


class Decision(NamedTuple):
    """A step; where it changes the level, to which (None: to none)."""

    step: Step
    level: int | None = None


class Grace(NamedTuple):
    """A running grace: for which level, and the day on which it is lost."""

    level: int
    until: date


NOTHING = Decision(Step.NOTHING)


class Ladder:
    """All levels of a merchant in order, as a review on `day` reads them.

    `needs` are the figures that any of them looks at; whoever asks for a decision gives each
    person's by its place there.
    """

    def __init__(self, levels: Sequence[LevelRule], day: date):
        self.day = day
        self.levels = sorted(levels, key=lambda each: each.rank)
        self.needs: list[Need] = []
        self._by_id: Mapping[int, LevelRule] = {each.pk: each for each in self.levels}
        # Level → its conditions, each with the places of its windows' needs.
        self._asked = {each.pk: self._places(each) for each in self.levels}

    def _places(self, level: LevelRule) -> list[tuple[Condition, list[int]]]:
        asked = []
        for condition in level.conditions:
            counted = level.pk if condition.kind == "purchases" else None
            places = []
            for window in condition.windows(self.day):
                need = Need(condition.kind, window, counted)
                if need not in self.needs:
                    self.needs.append(need)
                places.append(self.needs.index(need))
            asked.append((condition, places))
        return asked

    def reached(self, level: int, figures: Figures) -> list[Reached]:
        """Each condition of the level with the best of its windows; of equals, the latest."""
        found = []
        for condition, places in self._asked[level]:
            place = max(places, key=figures)
            found.append(Reached(condition, figures(place), self.needs[place].window))
        return found

    def is_met(self, level: int, figures: Figures) -> bool:
        """Whether all, or any, of the level's conditions are met; never without conditions."""
        asked = self._asked[level]
        met = (
            any(figures(place) >= condition.at_least for place in places)
            for condition, places in asked
        )
        return bool(asked) and (all(met) if self._by_id[level].needs_all else any(met))

    def above(self, level: int | None) -> list[LevelRule]:
        """The levels with conditions above this one, the lowest first."""
        rank = self._by_id[level].rank if level else -1
        return [each for each in self.levels if each.rank > rank and each.conditions]

    def rule(self, level: int) -> LevelRule:
        """One level's rule."""
        return self._by_id[level]

    def decide(self, level: int | None, grace: Grace | None, figures: Figures) -> Decision:
        """What the review does with somebody of `level` whose grace may be running.

        The highest level above whose conditions are met is reached at once, whatever those between
        ask for. Who has a level that asks for something and gives a grace, and falls short, keeps
        it for the days of grace, then falls to the highest level below that is met; failing that,
        to the lowest level if it asks for nothing, else to none.
        """
        for each in reversed(self.above(level)):
            if self.is_met(each.pk, figures):
                return Decision(Step.RAISE, each.pk)
        if level is None:
            return NOTHING
        rule = self._by_id[level]
        over = Decision(Step.END_GRACE) if grace else NOTHING
        if not rule.conditions or rule.grace_days is None or self.is_met(level, figures):
            return over
        if grace and grace.level == level:
            return self._fall(rule, figures) if self.day >= grace.until else NOTHING
        if rule.grace_days:
            return Decision(Step.BEGIN_GRACE)
        return self._fall(rule, figures)

    def _fall(self, rule: LevelRule, figures: Figures) -> Decision:
        below = [each for each in self.levels if each.rank < rule.rank]
        for each in reversed(below):
            if self.is_met(each.pk, figures):
                return Decision(Step.LOWER, each.pk)
        floor = below[0] if below and not below[0].conditions else None
        return Decision(Step.LOWER, floor.pk if floor else None)
