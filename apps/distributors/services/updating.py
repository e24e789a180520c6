"""Giving people already registered what a file says of them."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, Level
from apps.distributors.services.distributor_checks import Change
from apps.distributors.services.standing import change_level

PEOPLE_PER_UPDATE = 1000


def apply_changes(
    changes: Sequence[Change], levels: Mapping[str, int], actor: User | None
) -> list[Change]:
    """Names and phones at once, levels one by one with their events; the changes made.

    What the rules of levels refuse is reported on the row's problems, and that row left alone. The
    caller holds the trees' locks.
    """
    made = [change for change in changes if _change_level(change, levels, actor)]
    _write_names(made)
    return made


def _change_level(change: Change, levels: Mapping[str, int], actor: User | None) -> bool:
    if not change.differs("level"):
        return True
    person = Distributor.objects.select_related("merchant", "level").get(pk=change.person.pk)
    try:
        change_level(
            distributor=person,
            level=Level.objects.get(pk=levels[change.draft.level]),
            actor=actor,
            reason=_("from a file"),
        )
    except Refused as refused:
        change.draft.row.fail("level", str(refused))
        return False
    return True


def _write_names(changes: Sequence[Change]) -> None:
    people = [
        Distributor(
            pk=change.person.pk,
            name=change.draft.name,
            phone=change.draft.phone or change.person.phone or None,
        )
        for change in changes
        if change.differs("name") or change.differs("phone")
    ]
    Distributor.objects.bulk_update(people, ["name", "phone"], batch_size=PEOPLE_PER_UPDATE)
