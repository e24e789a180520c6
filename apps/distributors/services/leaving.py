"""What becomes of a team whose upline leaves."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.distributors.services.moving import move_distributor


class LeavingRefused(Refused):
    """The team cannot be placed so; nothing was changed."""


def move_team_up(
    *, distributor: Distributor, actor: User | None, reason: str, effective_at: datetime
) -> int:
    """Place everybody directly below under the next upline who has not left, or at the top.

    Their own teams come along. All of them or nobody, in the caller's transaction; returns how many
    moved. Orders paid before `effective_at` keep their upline; who joined after it moves at the
    moment they joined. Raises LeavingRefused when that upline is suspended, and MoveRefused.
    """
    parent = next_upline(distributor)
    team = list(Distributor.objects.filter(parent=distributor).order_by("lft"))
    if team and parent is not None and not parent.is_active:
        raise LeavingRefused(
            _(
                "%(upline)s is suspended and cannot take in the team. Let the team stay where it "
                "is, or reinstate %(upline)s first."
            )
            % {"upline": parent}
        )
    for child in team:
        move_distributor(
            distributor=child,
            parent=parent,
            actor=actor,
            reason=reason,
            effective_at=max(effective_at, child.joined_at),
        )
    return len(team)


def next_upline(distributor: Distributor) -> Distributor | None:
    """The nearest person above who has not been terminated; None: there is nobody."""
    above = distributor.get_ancestors(ascending=True)
    return above.exclude(status=Distributor.Status.TERMINATED).first()
