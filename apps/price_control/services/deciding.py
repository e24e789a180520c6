"""A violation is decided: the ladder proposes, a person confirms, standing follows."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.locks import lock_tree_of
from apps.distributors.services.standing import (
    change_suspension,
    end_suspension_if_over,
    suspend_distributor,
    terminate_distributor,
)
from apps.distributors.services.suspensions import open_suspension
from apps.price_control.models import Action, Ladder, Measure, Violation
from apps.price_control.models.ladders import MAX_DAYS, Step
from apps.price_control.services.ladders import current_ladder
from apps.price_control.services.refusals import PriceControlRefused, require_text

Status = Distributor.Status
LONGEST_REASON = 200


class Proposal(NamedTuple):
    """What the ladder says about a violation, and how many earlier ones it counted."""

    step: Step
    counted: int
    ladder: Ladder


def propose_step(violation: Violation) -> Proposal:
    """The step the merchant's ladder has for it now. Two queries.

    Counted are this person's other violations that were decided as such, are not void, and happened
    at most `window_days` before this one or later; of the same kind only, where the ladder says so.
    """
    ladder = current_ladder(violation.merchant)
    since = violation.happened_at - timedelta(days=ladder.window_days)
    others = Violation.objects.counting().filter(
        distributor=violation.distributor_id, happened_at__gte=since
    )
    if ladder.per_kind:
        others = others.filter(kind=violation.kind)
    counted = others.exclude(pk=violation.pk).count()
    return Proposal(ladder.step_after(counted), counted, ladder)


def decide_violation(
    *,
    violation: Violation,
    action: str,
    reason: str,
    actor: User | None,
    days: int | None = None,
    seen: str | None = None,
    pending_waits: bool | None = None,
    team_moves_up: bool | None = None,
) -> Measure:
    """Decide, once: warn, suspend for `days` from now, terminate, or find no violation in it.

    A suspension under way is prolonged by the days. `seen` is the key of the step that was proposed
    on screen: another by now is refused, so that two decisions at once do not both count as the
    first. `pending_waits`, `team_moves_up`: as for suspending and terminating. The same decision of
    the same person again returns the first. Raises PriceControlRefused, or StandingRefused.
    """
    reason = require_text(reason, most=LONGEST_REASON, missing=_("Give a reason."))
    step = _checked_step(action, days)
    with scope(merchant=violation.merchant), transaction.atomic():
        # Everything about one person, also two of their violations, is decided in turn.
        fresh = lock_tree_of(violation.distributor)
        violation = Violation.objects.select_for_update(of=["self"]).get(pk=violation.pk)
        earlier = Measure.objects.filter(violation=violation).first()
        if earlier is not None:
            if (earlier.step, earlier.reason, earlier.decided_by) == (step, reason, actor):
                return earlier
            raise PriceControlRefused(
                _("This violation has been decided already: %(step)s.") % {"step": earlier}
            )
        proposal = propose_step(violation)
        if seen is not None and seen != proposal.step.key:
            raise PriceControlRefused(
                _("Meanwhile the ladder proposes another step: %(step)s. Look at it again.")
                % {"step": proposal.step.text}
            )
        now = timezone.now()
        return Measure.objects.create(
            merchant=violation.merchant,
            violation=violation,
            action=step.action,
            days=step.days,
            proposed_action=proposal.step.action,
            proposed_days=proposal.step.days,
            counted=proposal.counted,
            ladder=proposal.ladder if proposal.ladder.pk else None,
            reason=reason,
            event=_carry_out(fresh, step, reason, actor, pending_waits, team_moves_up),
            appeal_until=now + timedelta(days=proposal.ladder.appeal_days),
            decided_by=actor,
            decided_at=now,
        )


def _checked_step(action: str, days: int | None) -> Step:
    if action not in Action.values:
        raise PriceControlRefused(_("Choose what follows from it."))
    if action != Action.SUSPEND:
        return Step(action)
    if days is None or not 1 <= days <= MAX_DAYS:
        raise PriceControlRefused(_("Days: give 1 to %(most)s.") % {"most": MAX_DAYS})
    return Step(action, days)


def _carry_out(
    fresh: Distributor,
    step: Step,
    reason: str,
    actor: User | None,
    pending_waits: bool | None,
    team_moves_up: bool | None,
) -> DistributorEvent | None:
    """Let the standing follow; the event of it, if there is one."""
    if step.action == Action.SUSPEND:
        _suspend(fresh, timedelta(days=step.days), reason, actor, pending_waits)
    elif step.action == Action.TERMINATE:
        terminate_distributor(
            distributor=fresh, reason=reason, actor=actor, team_moves_up=team_moves_up
        )
    else:
        return None
    return newest_standing_event(fresh)


def _suspend(
    fresh: Distributor,
    duration: timedelta,
    reason: str,
    actor: User | None,
    pending_waits: bool | None,
) -> None:
    now = timezone.now()
    end_suspension_if_over(fresh, now)
    if fresh.status != Status.SUSPENDED:
        suspend_distributor(
            distributor=fresh,
            reason=reason,
            actor=actor,
            effective_at=now,
            ends_at=now + duration,
            pending_waits=pending_waits,
        )
        return
    current = open_suspension(fresh)
    if current is None or current.ends_at is None:
        raise PriceControlRefused(
            _(
                "%(person)s is suspended without an end: days would add nothing. Choose a warning "
                "or the termination, or give that suspension an end first."
            )
            % {"person": fresh}
        )
    change_suspension(
        distributor=fresh,
        reason=reason,
        actor=actor,
        ends_at=current.ends_at + duration,
        pending_waits=pending_waits,
    )


def newest_standing_event(distributor: Distributor) -> DistributorEvent | None:
    """The latest change of this person's standing."""
    changes = DistributorEvent.objects.filter(
        distributor=distributor, field=DistributorEvent.Field.STATUS
    )
    return changes.order_by("-effective_at", "-pk").first()
