"""The ladder of measures that a merchant sets for itself."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.merchants.models import Merchant
from apps.price_control.models import Action, Ladder
from apps.price_control.models.ladders import MAX_DAYS, MAX_STEPS, Step
from apps.price_control.services.refusals import PriceControlRefused

SEVERITY = {Action.WARN: 0, Action.SUSPEND: 1, Action.TERMINATE: 2}


def current_ladder(merchant: Merchant) -> Ladder:
    """The merchant's ladder as it is now; the default one, not stored, before the first."""
    newest = Ladder.objects.filter(merchant=merchant).order_by("-pk").first()
    return newest or Ladder(merchant=merchant)


def set_ladder(
    *,
    merchant: Merchant,
    steps: Sequence[Step],
    window_days: int,
    per_kind: bool,
    appeal_days: int,
    actor: User | None,
) -> Ladder:
    """Change the ladder for decisions from now on; earlier ones keep what they were made by.

    The same values again change nothing. Raises PriceControlRefused for no steps or too many, a
    step milder than the one before, a suspension without days, and days out of bounds.
    """
    _check_steps(steps)
    for days in (window_days, appeal_days):
        _check_days(days)
    values = {
        "steps": [each._asdict() for each in steps],
        "window_days": window_days,
        "per_kind": per_kind,
        "appeal_days": appeal_days,
    }
    with scope(merchant=merchant), transaction.atomic():
        current = current_ladder(merchant)
        if current.pk and all(getattr(current, name) == value for name, value in values.items()):
            return current
        return Ladder.objects.create(merchant=merchant, made_by=actor, **values)


def _check_steps(steps: Sequence[Step]) -> None:
    if not 1 <= len(steps) <= MAX_STEPS:
        raise PriceControlRefused(_("A ladder has 1 to %(most)s steps.") % {"most": MAX_STEPS})
    for number, step in enumerate(steps):
        if step.action not in SEVERITY:
            raise PriceControlRefused(_("A step is a warning, a suspension or a termination."))
        if step.action == Action.SUSPEND:
            _check_days(step.days)
        elif step.days is not None:
            raise PriceControlRefused(_("Only a suspension lasts for days."))
        if number and _severity(step) < _severity(steps[number - 1]):
            raise PriceControlRefused(_("No step may be milder than the one before."))
    if any(step.action == Action.TERMINATE for step in steps[:-1]):
        raise PriceControlRefused(_("Nothing can follow a termination."))


def _severity(step: Step) -> tuple[int, int]:
    return SEVERITY[step.action], step.days or 0


def _check_days(days: int | None) -> None:
    if days is None or not 1 <= days <= MAX_DAYS:
        raise PriceControlRefused(_("Days: give 1 to %(most)s.") % {"most": MAX_DAYS})
