"""What a review of levels would do to whom, and why: read, never written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from apps.commissions.engine.level_rules import Decision, Grace, Ladder, Reached, Step
from apps.commissions.selectors.level_figures import (
    FigureTables,
    Person,
    read_ladder,
    read_people,
)
from apps.core.money import to_major
from apps.distributors.models import Distributor, Level, LevelCondition, LevelGrace

Kind = LevelCondition.Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """Somebody to whom a review does something, with the figures it goes by."""

    person: Person
    decision: Decision
    grace_until: date | None
    recovered: bool
    explanation: dict[str, Any]


class Review:
    """Everybody of a merchant against what the levels ask for, on one day."""

    def __init__(self, *, merchant, day: date):
        """Reads everything: a number of queries that does not grow with the people."""
        self._ladder = read_ladder(merchant=merchant, day=day)
        self._codes = dict(Level.objects.filter(merchant=merchant).values_list("pk", "code"))
        self._graces = running_graces(merchant=merchant)
        self._tables = FigureTables(merchant=merchant, needs=self._ladder.needs)
        self.people = self._tables.add_team_totals(
            read_people(Distributor.objects.filter(merchant=merchant))
        )

    def findings(self) -> Iterator[Finding]:
        """Whom the review does something to, in tree order.

        Only active people whose level is not pinned on the day are looked at.
        """
        day = self._ladder.day
        for person in self.people:
            pinned = person.pinned_until is not None and person.pinned_until >= day
            if person.status != Distributor.Status.ACTIVE or pinned:
                continue
            figures = self._tables.of(person)
            grace = self._graces.get(person.pk)
            decision = self._ladder.decide(person.level, grace, figures)
            if decision.step:
                yield self._finding(person, decision, figures)

    def _finding(self, person: Person, decision: Decision, figures) -> Finding:
        ladder, old = self._ladder, person.level
        shown = decision.level if decision.step == Step.RAISE else old
        until = None
        if decision.step == Step.BEGIN_GRACE:
            until = ladder.day + timedelta(days=ladder.rule(old).grace_days)
        return Finding(
            person=person,
            decision=decision,
            grace_until=until,
            recovered=old is not None and ladder.is_met(old, figures),
            explanation=explain(ladder, self._codes, shown, figures),
        )


def running_graces(*, merchant) -> dict[int, Grace]:
    """Distributor id → the grace that runs. One query."""
    rows = LevelGrace.objects.filter(merchant=merchant, ended_on__isnull=True)
    return {
        person: Grace(level, until)
        for person, level, until in rows.values_list("distributor", "level", "until")
    }


def explain(ladder: Ladder, codes: dict[int, str], level: int, figures) -> dict[str, Any]:
    """A level's conditions against the figures, as it is written down: exact texts, days."""
    rule = ladder.rule(level)
    return {
        "day": str(ladder.day),
        "level": codes[level],
        "combine": "all" if rule.needs_all else "any",
        "grace_days": rule.grace_days,
        "conditions": [_condition(each) for each in ladder.reached(level, figures)],
    }


def _condition(found: Reached) -> dict[str, Any]:
    condition, window = found.condition, found.window
    is_count = condition.kind == Kind.ORDERS
    needed, reached = (
        number if is_count else str(to_major(number))
        for number in (condition.at_least, found.figure)
    )
    return {
        "kind": condition.kind,
        "period": condition.period,
        "days": condition.days,
        "from": str(window.start) if window.start else None,
        # The last day counted.
        "to": str(window.end - timedelta(days=1)),
        "needed": needed,
        "reached": reached,
        "met": found.is_met,
    }


def tomorrow_of(merchant) -> date:
    """The day of the next review: what happened up to now counts in it."""
    return timezone.now().astimezone(merchant.zone).date() + timedelta(days=1)


def findings_tonight(*, merchant) -> list[Finding]:
    """What tonight's review would change if nothing further happened today."""
    return list(Review(merchant=merchant, day=tomorrow_of(merchant)).findings())


@dataclass(frozen=True, slots=True)
class Progress:
    """A level, and how far somebody has come towards what it asks for, as of now."""

    level: Level
    explanation: dict[str, Any]
    is_met: bool


def level_progress(*, distributor: Distributor) -> tuple[Progress | None, Progress | None]:
    """Where somebody stands: in the level they have, and towards the next that asks for something.

    Each None where there is no such level or it asks for nothing. Figures up to now, as tonight's
    review would read them; only this person's are asked, a few queries per figure.
    """
    merchant = distributor.merchant
    ladder = read_ladder(merchant=merchant, day=tomorrow_of(merchant))
    levels = {each.pk: each for each in Level.objects.filter(merchant=merchant)}
    above = ladder.above(distributor.level_id)
    wanted = [distributor.level_id, above[0].pk if above else None]
    wanted = [pk if pk and ladder.rule(pk).conditions else None for pk in wanted]
    if not any(wanted):
        return None, None
    ladder = Ladder([ladder.rule(pk) for pk in wanted if pk], ladder.day)
    tables = FigureTables(merchant=merchant, needs=ladder.needs, one=distributor)
    person, _lft, _rght = next(iter(read_people(Distributor.objects.filter(pk=distributor.pk))))
    figures = tables.of(person)
    codes = {pk: each.code for pk, each in levels.items()}
    current, following = (
        Progress(levels[pk], explain(ladder, codes, pk, figures), ladder.is_met(pk, figures))
        if pk
        else None
        for pk in wanted
    )
    return current, following
