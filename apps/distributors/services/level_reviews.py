"""What a night decided about many people's levels, written for all of them at once.

The night itself, and what it decides on, is `apps.commissions`: figures of sales are above here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from apps.core.bulk import any_of
from apps.distributors.models import (
    Distributor,
    DistributorEvent,
    Level,
    LevelChange,
    LevelGrace,
    LevelReview,
)
from apps.distributors.services.locks import lock_trees

# A worker at work gives a sign of life with every chunk, which takes seconds.
SILENCE = timedelta(minutes=5)
Outcome = LevelGrace.Outcome
Field = DistributorEvent.Field


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one person, who has `old_level` as it was decided. Levels are ids.

    `cause` (raised, lowered) changes the level to `new_level`; without it the person keeps theirs,
    and `grace_until` begins a grace, or `ends_grace` ends the one that runs.
    """

    person: int
    tree_id: int
    old_level: int | None
    explanation: dict[str, Any]
    cause: str = ""
    new_level: int | None = None
    grace_until: date | None = None
    ends_grace: str = ""


def claim_review(*, merchant, day: date) -> LevelReview | None:
    """The row of this night's review, taken by the caller; None when there is nothing to take.

    Nothing: this day or a later one is through, or another worker has shown a sign of life within
    the last minutes. A review whose worker was killed is taken up again.
    """
    now = timezone.now()
    reviews = LevelReview.objects.filter(merchant=merchant)
    if reviews.filter(day__gte=day, finished_at__isnull=False).exists():
        return None
    first = LevelReview(merchant=merchant, day=day)
    LevelReview.objects.bulk_create([first], ignore_conflicts=True)
    free = reviews.filter(day=day, finished_at__isnull=True)
    free = free.filter(Q(seen_at__isnull=True) | Q(seen_at__lt=now - SILENCE))
    return reviews.get(day=day) if free.update(seen_at=now) else None


def leave_review(*, review: LevelReview) -> None:
    """Let the next worker take the review up at once: this one met an error."""
    LevelReview.objects.filter(pk=review.pk).update(seen_at=None)


def finish_review(*, review: LevelReview, people: int) -> None:
    """Everybody has been looked at: this day is not looked at again."""
    now = timezone.now()
    LevelReview.objects.filter(pk=review.pk).update(seen_at=now, finished_at=now, people=people)


@transaction.atomic
def apply_verdicts(
    *, review: LevelReview, verdicts: Sequence[Verdict], effective_at: datetime | None = None
) -> dict[str, int]:
    """Write what a night decided about these people; how many were raised and lowered.

    People whose level or standing changed meanwhile, who were pinned, or whom this night changed
    before are left alone. A change takes effect at `effective_at` (default: now), never before an
    earlier one.
    """
    lock_trees(review.merchant_id, [each.tree_id for each in verdicts])
    effective_at = effective_at or timezone.now()
    people = _as_they_are(review, verdicts)
    due = [each for each in verdicts if each.person in people]
    _write_changes(review, [each for each in due if each.cause], people, effective_at)
    _write_graces(review, due)
    LevelReview.objects.filter(pk=review.pk).update(seen_at=timezone.now())
    counts = dict.fromkeys((LevelChange.Cause.RAISED, LevelChange.Cause.LOWERED), 0)
    for each in due:
        if each.cause:
            counts[each.cause] += 1
    return {str(cause): number for cause, number in counts.items()}


def _as_they_are(review: LevelReview, verdicts: Sequence[Verdict]) -> dict[int, datetime | None]:
    """Who is still as they were when it was decided → when their level last changed."""
    decided_on = {each.person: each.old_level for each in verdicts}
    rows = (
        Distributor.objects.filter(pk__in=any_of(decided_on), status=Distributor.Status.ACTIVE)
        .exclude(level_pinned_until__gte=review.day)
        .exclude(level_changes__day=review.day)
        .order_by()
        .annotate(last=Max("events__effective_at", filter=Q(events__field=Field.LEVEL)))
        .values_list("pk", "level_id", "joined_at", "last")
    )
    return {
        pk: max(filter(None, (joined_at, last)))
        for pk, level, joined_at, last in rows
        if decided_on[pk] == level
    }


def _write_changes(
    review: LevelReview,
    verdicts: Sequence[Verdict],
    since: Mapping[int, datetime],
    effective_at: datetime,
) -> None:
    codes = dict(Level.objects.values_list("pk", "code"))
    events = [
        DistributorEvent(
            merchant_id=review.merchant_id,
            distributor_id=each.person,
            field=Field.LEVEL,
            old_value=codes.get(each.old_level, ""),
            new_value=codes.get(each.new_level, ""),
            effective_at=max(effective_at, since[each.person]),
        )
        for each in verdicts
    ]
    DistributorEvent.objects.bulk_create(events)
    LevelChange.objects.bulk_create(
        LevelChange(
            merchant_id=review.merchant_id,
            event=event,
            distributor_id=each.person,
            old_level_id=each.old_level,
            new_level_id=each.new_level,
            cause=each.cause,
            day=review.day,
            explanation=each.explanation,
        )
        for each, event in zip(verdicts, events, strict=True)
    )
    by_level: dict[int | None, list[int]] = {}
    for each in verdicts:
        by_level.setdefault(each.new_level, []).append(each.person)
    for level, people in by_level.items():
        Distributor.objects.filter(pk__in=any_of(people)).update(level=level)


def _write_graces(review: LevelReview, verdicts: Sequence[Verdict]) -> None:
    ended: dict[str, list[int]] = {}
    for each in verdicts:
        if each.ends_grace:
            ended.setdefault(each.ends_grace, []).append(each.person)
    running = LevelGrace.objects.filter(merchant=review.merchant_id, ended_on__isnull=True)
    for outcome, people in ended.items():
        running.filter(distributor__in=any_of(people)).update(outcome=outcome, ended_on=review.day)
    LevelGrace.objects.bulk_create(
        (
            LevelGrace(
                merchant_id=review.merchant_id,
                distributor_id=each.person,
                level_id=each.old_level,
                since=review.day,
                until=each.grace_until,
                explanation=each.explanation,
            )
            for each in verdicts
            if each.grace_until
        ),
        # Another worker may have begun it: one runs per person.
        ignore_conflicts=True,
    )
