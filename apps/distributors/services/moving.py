"""A distributor and everybody below come under another upline."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.locks import lock_trees_of
from apps.distributors.services.places import move_team

PARENT = DistributorEvent.Field.PARENT


class MoveRefused(Refused):
    """This person cannot come under that upline so; nothing was changed."""


def move_distributor(
    *,
    distributor: Distributor,
    parent: Distributor | None,
    actor: User | None,
    reason: str,
    effective_at: datetime | None = None,
) -> Distributor:
    """Bring the distributor, with their whole team, under `parent`, or to the top (None).

    Orders paid before `effective_at` keep the upline they had. It is aware, default now, never
    ahead, and never before an earlier move of this person or of anybody above the new place. Costs
    as many rows as the team has people, however large the trees are. Raises MoveRefused without a
    reason, for the same upline, one of another merchant, one not active or not yet there, a wrong
    time, or a place inside the person's own team.
    """
    if not reason.strip():
        raise MoveRefused(_("Give a reason."))
    if parent is not None and parent.merchant_id != distributor.merchant_id:
        raise MoveRefused(_("This upline belongs to another merchant."))
    with scope(merchant=distributor.merchant), transaction.atomic():
        moved, upline = _lock_both(distributor, parent)
        _check_place(moved, upline)
        moment = effective_at or timezone.now()
        _check_moment(moved, upline, moment)
        DistributorEvent.objects.create(
            merchant_id=moved.merchant_id,
            distributor=moved,
            field=PARENT,
            old_value=moved.parent.code if moved.parent else "",
            new_value=upline.code if upline else "",
            effective_at=moment,
            reason=reason.strip()[:200],
            actor=actor,
        )
        move_team(moved, upline)
        return Distributor.objects.select_related("parent").get(pk=moved.pk)


def _lock_both(
    distributor: Distributor, parent: Distributor | None
) -> tuple[Distributor, Distributor | None]:
    """Both as they stand, read with their trees locked."""
    ids = [distributor.pk, *([parent.pk] if parent else [])]
    lock_trees_of(distributor.merchant_id, ids)
    found = Distributor.objects.filter(pk__in=ids).select_related("parent")
    people = {each.pk: each for each in found}
    return people[distributor.pk], people[parent.pk] if parent else None


def _check_place(moved: Distributor, upline: Distributor | None) -> None:
    if moved.parent_id == (upline.pk if upline else None):
        where = upline or _("the top")
        raise MoveRefused(
            _("%(person)s already stands under %(upline)s.") % {"person": moved, "upline": where}
        )
    if upline is None:
        return
    if upline.tree_id == moved.tree_id and moved.lft <= upline.lft <= moved.rght:
        raise MoveRefused(
            _("%(upline)s is %(person)s or in their team: nobody can stand below themselves.")
            % {"upline": upline, "person": moved}
        )
    if not upline.is_active:
        raise MoveRefused(
            _("%(upline)s is %(status)s and cannot take in a team.")
            % {"upline": upline, "status": upline.get_status_display()}
        )


def _check_moment(moved: Distributor, upline: Distributor | None, moment: datetime) -> None:
    if moment > timezone.now():
        raise MoveRefused(_("The move cannot take effect in the future."))
    if moment < moved.joined_at:
        raise MoveRefused(_("The move cannot take effect before the person joined."))
    moves = DistributorEvent.objects.filter(field=PARENT, effective_at__gt=moment)
    if moves.filter(distributor=moved).exists():
        raise MoveRefused(
            _("A later move of this person is on record already; this one cannot come before it.")
        )
    if upline is None:
        return
    if moment < upline.joined_at:
        raise MoveRefused(_("The move cannot take effect before the new upline joined."))
    # Who stood elsewhere meanwhile may have stood below this person: the past would be a circle.
    above = upline.get_ancestors(include_self=True)
    later = moves.filter(distributor__in=above).select_related("distributor").first()
    if later is not None:
        raise MoveRefused(
            _("%(person)s, above the new place, was moved later than that: choose a later moment.")
            % {"person": later.distributor}
        )
