"""The nightly review: who has reached a level, who falls short, who has fallen short too long."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from django.db import DatabaseError

from apps.commissions.engine.level_rules import Step
from apps.commissions.selectors.level_reviewing import Finding, Review
from apps.distributors.models import LevelChange, LevelCondition, LevelGrace, LevelReview
from apps.distributors.services.level_reviews import (
    Verdict,
    apply_verdicts,
    claim_review,
    finish_review,
    leave_review,
)

# One chunk is one transaction: what a killed worker loses, and what trees are locked for.
PEOPLE_PER_CHUNK = 500
CAUSES = {Step.RAISE: LevelChange.Cause.RAISED, Step.LOWER: LevelChange.Cause.LOWERED}


def review_levels(
    *, merchant, as_of: datetime, effective_at: datetime | None = None
) -> Iterator[dict[str, int]]:
    """Review everybody's level, once per day of the merchant; yields each chunk's counts.

    The review of a day counts what happened before the day began, as far as the stages before have
    come; what comes late is the next day's. Changes take effect at `effective_at`, default the
    moment they are written: no order paid before is touched. Does nothing for a merchant whose
    levels ask for nothing, on a day reviewed before, or while another worker is at it. Interrupted,
    it is finished by the next call.
    """
    if not LevelCondition.objects.filter(merchant=merchant).exists():
        if not LevelGrace.objects.filter(merchant=merchant, ended_on__isnull=True).exists():
            return
    day = as_of.astimezone(merchant.zone).date()
    review = claim_review(merchant=merchant, day=day)
    if review is None:
        return
    try:
        yield from _apply(review, effective_at)
    except BaseException:
        # Without a database the review falls silent instead, and is taken up after a while.
        with suppress(DatabaseError):
            leave_review(review=review)
        raise


def _apply(review: LevelReview, effective_at: datetime | None) -> Iterator[dict[str, int]]:
    found = Review(merchant=review.merchant, day=review.day)
    verdicts = map(_verdict, found.findings())
    while chunk := list(islice(verdicts, PEOPLE_PER_CHUNK)):
        yield apply_verdicts(review=review, verdicts=chunk, effective_at=effective_at)
    finish_review(review=review, people=len(found.people))


def _verdict(finding: Finding) -> Verdict:
    step, person = finding.decision.step, finding.person
    return Verdict(
        person=person.pk,
        tree_id=person.tree_id,
        old_level=person.level,
        explanation=finding.explanation,
        cause=CAUSES.get(step, ""),
        new_level=finding.decision.level if step in CAUSES else None,
        grace_until=finding.grace_until,
        ends_grace=_ends_grace(finding),
    )


def _ends_grace(finding: Finding) -> str:
    """How the grace that may be running comes to an end with this."""
    outcomes = LevelGrace.Outcome
    if finding.decision.step == Step.BEGIN_GRACE:
        return ""
    if finding.decision.step == Step.LOWER:
        return outcomes.LOWERED
    return outcomes.RECOVERED if finding.recovered else outcomes.CHANGED
