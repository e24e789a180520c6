"""Level and standing of a distributor; every change leaves a dated event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import (
    Ban,
    Distributor,
    DistributorEvent,
    Level,
    LevelChange,
    LevelGrace,
)
from apps.distributors.services.leaving import move_team_up
from apps.distributors.services.locks import lock_tree_of
from apps.distributors.services.suspensions import (
    begin_suspension,
    end_suspension,
    open_suspension,
    standing_policy,
)

Status = Distributor.Status
Field = DistributorEvent.Field


class StandingRefused(Refused):
    """Level or standing cannot be changed so; nothing was changed."""


def change_level(
    *,
    distributor: Distributor,
    level: Level | None,
    actor: User | None,
    reason: str = "",
    effective_at: datetime | None = None,
    pinned_until: date | None = None,
) -> Distributor:
    """Give the distributor another level, or none; orders paid before `effective_at` keep the old.

    `effective_at` is aware, default now, and never before an earlier change of the level. Up to and
    with the day `pinned_until` (the merchant's, not past) the nights leave the level alone; without
    it an earlier pin is lifted. The same level again is accepted where it changes the pin. Raises
    StandingRefused for the level they have, another merchant's, a wrong time, or people terminated.
    """
    if level is not None and level.merchant_id != distributor.merchant_id:
        raise StandingRefused(_("This level belongs to another merchant."))
    with scope(merchant=distributor.merchant), transaction.atomic():
        fresh = lock_tree_of(distributor)
        if fresh.status == Status.TERMINATED:
            raise StandingRefused(_("%(person)s has been terminated.") % {"person": fresh})
        if fresh.level == level and fresh.level_pinned_until == pinned_until:
            raise StandingRefused(_("%(person)s already has this level.") % {"person": fresh})
        today = timezone.now().astimezone(fresh.merchant.zone).date()
        if pinned_until is not None and pinned_until < today:
            raise StandingRefused(_("A level can be pinned until today or a later day."))
        old, new = (each.code if each else "" for each in (fresh.level, level))
        event = _append_event(fresh, Field.LEVEL, old, new, reason, actor, effective_at)
        LevelChange.objects.create(
            merchant_id=fresh.merchant_id,
            event=event,
            distributor=fresh,
            old_level=fresh.level,
            new_level=level,
            cause=LevelChange.Cause.HAND,
            pinned_until=pinned_until,
        )
        graces = LevelGrace.objects.filter(distributor=fresh, ended_on__isnull=True)
        graces.update(outcome=LevelGrace.Outcome.CHANGED, ended_on=today)
        values = {"level": level, "level_pinned_until": pinned_until}
        Distributor.objects.filter(pk=fresh.pk).update(**values)
    for each in (distributor, fresh):
        each.level, each.level_pinned_until = level, pinned_until
    return fresh


def suspend_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    effective_at: datetime | None = None,
    ends_at: datetime | None = None,
    pending_waits: bool | None = None,
) -> Distributor:
    """Orders paid from `effective_at` (default now) earn an active distributor nothing more.

    With `ends_at` (aware, ahead) the suspension is over at that very moment by itself, else when
    somebody reinstates them. `pending_waits`: whether what was earned before waits until then;
    default the merchant's policy. Raises StandingRefused without a reason, for somebody not active,
    or a wrong time.
    """
    with _standing_of(distributor, [Status.ACTIVE], reason) as fresh:
        moment = _moment_of(effective_at)
        _check_end(ends_at, moment)
        event = _change_status(fresh, Status.SUSPENDED, reason, actor, moment)
        begin_suspension(event=event, ends_at=ends_at, pending_waits=pending_waits)
    return _adopt(distributor, fresh)


def change_suspension(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    ends_at: datetime | None,
    pending_waits: bool | None = None,
) -> Distributor:
    """From now on the suspension ends at another moment (None: until reinstated), or holds money.

    The one so far ends now and another begins, without a gap: nothing is edited. `pending_waits`:
    default as before. Raises StandingRefused without a reason, for somebody not suspended, an end
    that is not ahead, or when nothing would change.
    """
    with _standing_of(distributor, [Status.SUSPENDED], reason) as fresh:
        now = timezone.now()
        _check_end(ends_at, now)
        before = open_suspension(fresh)
        if pending_waits is None:
            pending_waits = before is not None and before.pending_waits
        known = (before.ends_at, before.pending_waits) if before else (None, False)
        if known == (ends_at, pending_waits):
            raise StandingRefused(_("That is how the suspension stands already."))
        event = _change_status(fresh, Status.SUSPENDED, reason, actor, now)
        begin_suspension(event=event, ends_at=ends_at, pending_waits=pending_waits)
    return _adopt(distributor, fresh)


def reinstate_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    effective_at: datetime | None = None,
) -> Distributor:
    """A suspended distributor earns again from `effective_at` (default now); what waited goes on.

    Raises StandingRefused without a reason, for somebody not suspended, or a wrong time.
    """
    with _standing_of(distributor, [Status.SUSPENDED], reason) as fresh:
        _change_status(fresh, Status.ACTIVE, reason, actor, _moment_of(effective_at))
    return _adopt(distributor, fresh)


def terminate_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    effective_at: datetime | None = None,
    team_moves_up: bool | None = None,
) -> Distributor:
    """The distributor stops for good (清退); what they earned stays theirs and is still released.

    `team_moves_up`: whether everybody directly below is placed under the next upline who has not
    left, or at the top; default the merchant's policy. It moves at the same moment, or everything
    stays as it was. Raises StandingRefused without a reason, for somebody terminated already, or a
    wrong time.
    """
    with _standing_of(distributor, [Status.ACTIVE, Status.SUSPENDED], reason) as fresh:
        moment = _moment_of(effective_at)
        if team_moves_up is None:
            team_moves_up = standing_policy(fresh.merchant).team_moves_up
        _change_status(fresh, Status.TERMINATED, reason, actor, moment)
        if team_moves_up:
            move_team_up(distributor=fresh, actor=actor, reason=reason, effective_at=moment)
    return _adopt(distributor, fresh)


def readmit_distributor(
    *, distributor: Distributor, reason: str, actor: User | None
) -> Distributor:
    """A termination that was wrong ends now: the distributor is active again, at the same place.

    A team that moved up stays where it is. Raises StandingRefused without a reason, for somebody
    not terminated, or banned.
    """
    with _standing_of(distributor, [Status.TERMINATED], reason) as fresh:
        if Ban.objects.filter(distributor=fresh, lifted_at__isnull=True).exists():
            raise StandingRefused(
                _("%(person)s is banned. Lift the ban first.") % {"person": fresh}
            )
        _change_status(fresh, Status.ACTIVE, reason, actor, timezone.now())
    return _adopt(distributor, fresh)


def end_suspension_if_over(fresh: Distributor, as_of: datetime) -> bool:
    """Record that a planned suspension was over at its end, if that was at `as_of` or before.

    `fresh` was read after its tree was locked, and is changed along. Returns whether it was so.
    """
    suspension = open_suspension(fresh)
    if suspension is None or suspension.ends_at is None or suspension.ends_at > as_of:
        return False
    # Whenever this runs, orders paid from that very moment on earn again.
    _write_status(fresh, Status.ACTIVE, "", None, suspension.ends_at)
    return True


@contextmanager
def _standing_of(
    distributor: Distributor, allowed_from: list[str], reason: str
) -> Iterator[Distributor]:
    """The person as they are now, locked, in one of these states."""
    if not reason.strip():
        raise StandingRefused(_("Give a reason."))
    with scope(merchant=distributor.merchant), transaction.atomic():
        # Whoever registers under this person holds the same lock: nobody slips in meanwhile.
        fresh = lock_tree_of(distributor)
        end_suspension_if_over(fresh, timezone.now())
        if fresh.status not in allowed_from:
            raise StandingRefused(
                _("%(person)s is %(status)s: this step is not open to them.")
                % {"person": fresh, "status": fresh.get_status_display()}
            )
        yield fresh


def _moment_of(effective_at: datetime | None) -> datetime:
    return effective_at or timezone.now()


def _check_end(ends_at: datetime | None, starts_at: datetime) -> None:
    if ends_at is not None and ends_at <= max(starts_at, timezone.now()):
        raise StandingRefused(_("The end of a suspension must lie ahead."))


def _adopt(distributor: Distributor, fresh: Distributor) -> Distributor:
    distributor.status = fresh.status
    return fresh


def _change_status(
    fresh: Distributor, status: str, reason: str, actor: User | None, moment: datetime
) -> DistributorEvent:
    _check_moment(fresh, Field.STATUS, moment)
    return _write_status(fresh, status, reason, actor, moment)


def _write_status(
    fresh: Distributor, status: str, reason: str, actor: User | None, moment: datetime
) -> DistributorEvent:
    """Append the event, which ends a suspension under way, and let the row follow."""
    suspension = open_suspension(fresh)
    event = _write_event(fresh, Field.STATUS, fresh.status, status, reason, actor, moment)
    if suspension is not None:
        end_suspension(suspension=suspension, event=event)
    Distributor.objects.filter(pk=fresh.pk).update(status=status)
    fresh.status = status
    return event


def _append_event(
    distributor: Distributor,
    field: str,
    old_value: str,
    new_value: str,
    reason: str,
    actor: User | None,
    effective_at: datetime | None,
) -> DistributorEvent:
    moment = _moment_of(effective_at)
    _check_moment(distributor, field, moment)
    return _write_event(distributor, field, old_value, new_value, reason, actor, moment)


def _check_moment(distributor: Distributor, field: str, moment: datetime) -> None:
    if moment > timezone.now():
        raise StandingRefused(_("The change cannot take effect in the future."))
    if moment < distributor.joined_at:
        raise StandingRefused(_("The change cannot take effect before the person joined."))
    last = distributor.events.filter(field=field).order_by("-effective_at").first()
    if last is not None and moment < last.effective_at:
        raise StandingRefused(
            _("A later change is on record already; this one cannot come before it.")
        )


def _write_event(
    distributor: Distributor,
    field: str,
    old_value: str,
    new_value: str,
    reason: str,
    actor: User | None,
    moment: datetime,
) -> DistributorEvent:
    return DistributorEvent.objects.create(
        merchant_id=distributor.merchant_id,
        distributor=distributor,
        field=field,
        old_value=old_value,
        new_value=new_value,
        effective_at=moment,
        reason=reason.strip()[:200],
        actor=actor,
    )
