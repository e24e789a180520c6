"""Making and changing levels one by one; files of them are taken in by `importing`."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.errors import Refused
from apps.core.locks import lock_until_commit
from apps.distributors.models import Level
from apps.merchants.models import Merchant


class LevelRefused(Refused):
    """The level cannot be saved so; nothing was changed."""


def save_level(
    *, merchant: Merchant, code: str, name: str, rank: int, level: Level | None = None
) -> Level:
    """A new level, or `level` with another name and rank; a code never changes: plans name it.

    Raises LevelRefused for a code or rank that another level has.
    """
    try:
        with scope(merchant=merchant), transaction.atomic():
            lock_until_commit(f"levels:{merchant.pk}")
            saved = Level.objects.get(pk=level.pk) if level else Level(merchant=merchant, code=code)
            if saved.code != code:
                raise LevelRefused(_("The code of a level cannot be changed: plans refer to it."))
            saved.name, saved.rank = name, rank
            saved.save()
    except IntegrityError as error:
        raise LevelRefused(_("Another level has this code or rank.")) from error
    return saved
