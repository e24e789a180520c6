"""Making and changing levels one by one; files of them are taken in by `importing`."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.locks import lock_until_commit
from apps.distributors.models import Level, LevelCondition
from apps.distributors.services.level_terms import (
    TERM_NAMES,
    ConditionTerms,
    LevelRefused,
    LevelTerms,
    check_conditions,
    check_terms,
)
from apps.merchants.models import Merchant

__all__ = ["ConditionTerms", "LevelRefused", "LevelTerms", "levels_lock", "save_level"]


def levels_lock(merchant: Merchant) -> str:
    """The name of the lock under which a merchant's levels and what they ask for change."""
    return f"levels:{merchant.pk}"


def save_level(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    rank: int,
    level: Level | None = None,
    terms: LevelTerms | None = None,
    conditions: Sequence[ConditionTerms] | None = None,
) -> Level:
    """A new level, or `level` changed; a code never changes: plans name it.

    Without `terms` or `conditions` those it has stay. What it asks for counts from the next night
    on; nobody's level changes here. Raises LevelRefused for a code or rank that another level has,
    another merchant's level, or terms and conditions no level can have.
    """
    check_terms(terms or LevelTerms())
    check_conditions(conditions or ())
    try:
        with scope(merchant=merchant), transaction.atomic():
            lock_until_commit(levels_lock(merchant))
            saved = Level.objects.filter(pk=level.pk).first() if level else Level(merchant=merchant)
            if saved is None:
                raise LevelRefused(_("This level belongs to another merchant."))
            if level and saved.code != code:
                raise LevelRefused(_("The code of a level cannot be changed: plans refer to it."))
            saved.code, saved.name, saved.rank = code, name, rank
            for term in TERM_NAMES if terms else ():
                setattr(saved, term, getattr(terms, term))
            saved.save()
            if conditions is not None:
                _replace_conditions(saved, conditions)
    except IntegrityError as error:
        raise LevelRefused(_("Another level has this code or rank.")) from error
    return saved


def _replace_conditions(level: Level, conditions: Sequence[ConditionTerms]) -> None:
    # What a change was decided on is written down with the change: rows here are only today's.
    level.conditions.all().delete()
    LevelCondition.objects.bulk_create(
        LevelCondition(
            merchant_id=level.merchant_id,
            level=level,
            kind=each.kind,
            period=each.period,
            days=each.days,
            amount=each.amount,
            count=each.count,
        )
        for each in conditions
    )
