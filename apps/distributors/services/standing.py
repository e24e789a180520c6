"""Level and standing of a distributor; every change leaves a dated event."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent, Level, LevelChange, LevelGrace
from apps.distributors.services.locks import lock_tree_of

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
) -> Distributor:
    """Orders paid from `effective_at` (default now) earn an active distributor nothing more.

    Raises StandingRefused without a reason, for somebody not active, or a wrong time.
    """
    return _change_status(
        distributor, Status.SUSPENDED, [Status.ACTIVE], reason, actor, effective_at
    )


def reinstate_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    effective_at: datetime | None = None,
) -> Distributor:
    """A suspended distributor earns again from `effective_at` (default now).

    Raises StandingRefused without a reason, for somebody not suspended, or a wrong time.
    """
    return _change_status(
        distributor, Status.ACTIVE, [Status.SUSPENDED], reason, actor, effective_at
    )


def terminate_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    effective_at: datetime | None = None,
) -> Distributor:
    """The distributor stops for good (清退); their place in the tree and their history stay.

    Raises StandingRefused without a reason, for somebody terminated already, or a wrong time.
    """
    return _change_status(
        distributor,
        Status.TERMINATED,
        [Status.ACTIVE, Status.SUSPENDED],
        reason,
        actor,
        effective_at,
    )


def _change_status(
    distributor: Distributor,
    status: str,
    allowed_from: list[str],
    reason: str,
    actor: User | None,
    effective_at: datetime | None,
) -> Distributor:
    if not reason.strip():
        raise StandingRefused(_("Give a reason."))
    with scope(merchant=distributor.merchant), transaction.atomic():
        # Whoever registers under this person holds the same lock: nobody slips in meanwhile.
        fresh = lock_tree_of(distributor)
        if fresh.status not in allowed_from:
            raise StandingRefused(
                _("%(person)s is %(status)s: this step is not open to them.")
                % {"person": fresh, "status": fresh.get_status_display()}
            )
        _append_event(fresh, Field.STATUS, fresh.status, status, reason, actor, effective_at)
        Distributor.objects.filter(pk=fresh.pk).update(status=status)
    distributor.status = fresh.status = status
    return fresh


def _append_event(
    distributor: Distributor,
    field: str,
    old_value: str,
    new_value: str,
    reason: str,
    actor: User | None,
    effective_at: datetime | None,
) -> DistributorEvent:
    moment = effective_at or timezone.now()
    if moment > timezone.now():
        raise StandingRefused(_("The change cannot take effect in the future."))
    if moment < distributor.joined_at:
        raise StandingRefused(_("The change cannot take effect before the person joined."))
    last = distributor.events.filter(field=field).order_by("-effective_at").first()
    if last is not None and moment < last.effective_at:
        raise StandingRefused(
            _("A later change is on record already; this one cannot come before it.")
        )
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
