"""Whether somebody may bring in one more person."""

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.distributors.models import Distributor


class RecruitingRefused(Refused):
    """The upline's level does not let them recruit; nothing was changed."""


def check_may_recruit(parent: Distributor) -> None:
    """Raises RecruitingRefused when the level of `parent` allows no (further) direct distributor.

    Call with the tree locked and `parent` read after it, so that two newcomers cannot both take
    the last place. Terminated people take no place. Without a level nothing is limited.
    """
    level = parent.level
    if level is None:
        return
    if not level.may_recruit:
        raise RecruitingRefused(
            _("%(parent)s cannot recruit: the level %(level)s does not allow it.")
            % {"parent": parent, "level": level}
        )
    if level.max_direct is None:
        return
    children = Distributor.objects.filter(parent=parent)
    taken = children.exclude(status=Distributor.Status.TERMINATED).count()
    if taken >= level.max_direct:
        raise RecruitingRefused(
            _(
                "%(parent)s cannot recruit: the level %(level)s allows %(max)s direct "
                "distributors, and there are %(taken)s."
            )
            % {"parent": parent, "level": level, "max": level.max_direct, "taken": taken}
        )
