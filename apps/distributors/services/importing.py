"""Taking in levels and distributors from a merchant's files."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope
from phonenumber_field.phonenumber import PhoneNumber

from apps.core.csv_files import ImportRefused, ImportReport, Problem, Row
from apps.core.locks import lock_until_commit
from apps.distributors.models import Distributor, DistributorEvent, Level
from apps.distributors.services.distributor_file import (
    DISTRIBUTOR_COLUMNS,
    DistributorDraft,
    Known,
    check_against,
    read_distributor_drafts,
)
from apps.distributors.services.level_file import LEVEL_COLUMNS, read_level_drafts
from apps.distributors.services.planting import plant_forest
from apps.merchants.models import Merchant

__all__ = ["DISTRIBUTOR_COLUMNS", "LEVEL_COLUMNS", "import_distributors", "import_levels"]

ROWS_PER_INSERT = 1000


def import_levels(*, merchant: Merchant, rows: Sequence[Row]) -> ImportReport:
    """Make the levels of the file; a code that exists gets the file's name and rank.

    `rows` as `read_rows` gives them. Raises ImportRefused with every fault, nothing written.
    """
    with scope(merchant=merchant), transaction.atomic():
        lock_until_commit(f"levels:{merchant.pk}")
        levels = {level.code: level for level in Level.objects.select_for_update()}
        drafts = read_level_drafts(rows, levels)
        report = ImportReport()
        changed = []
        for draft in drafts:
            level = levels.get(draft.code)
            if level is None:
                outcome = "created"
                changed.append(Level(merchant=merchant, code=draft.code))
            elif (level.name, level.rank) != (draft.name, draft.rank):
                outcome = "updated"
                changed.append(level)
            else:
                outcome = "unchanged"
            report.add(draft.row.line, outcome, draft.code)
        _write_levels(changed, {draft.code: (draft.name, draft.rank) for draft in drafts})
    return report


def _write_levels(levels: list[Level], values: dict[str, tuple[str, int]]) -> None:
    # Levels may exchange ranks, which are unique: they step aside first.
    aside = max(
        [rank for _name, rank in values.values()]
        + list(Level.objects.values_list("rank", flat=True)),
        default=0,
    )
    for number, level in enumerate([each for each in levels if each.pk], start=1):
        Level.objects.filter(pk=level.pk).update(rank=aside + number)
    for level in levels:
        level.name, level.rank = values[level.code]
        level.save()


def import_distributors(*, merchant: Merchant, rows: Sequence[Row]) -> ImportReport:
    """Add the distributors of the file, parents in any order, each tree numbered in one pass.

    People already there with the same values are left alone; an import changes nobody. Raises
    ImportRefused with every fault, nothing written.
    """
    try:
        with scope(merchant=merchant), transaction.atomic():
            lock_until_commit(f"import_distributors:{merchant.pk}")
            drafts = read_distributor_drafts(rows, merchant.zone)
            known = Known.of(merchant, drafts)
            report, new = check_against(known, drafts)
            rows[0].problems.raise_if_any()
            _add(merchant, new, known)
    except IntegrityError as error:
        reason = _("somebody was registering the same code or phone meanwhile; import it again.")
        raise ImportRefused([Problem(0, "", reason)]) from error
    return report


def _add(merchant: Merchant, drafts: list[DistributorDraft], known: Known) -> None:
    now = timezone.now()
    people = [
        Distributor(
            merchant=merchant,
            code=draft.code,
            name=draft.name,
            # Normalised already: an unparsed number saves parsing it three more times.
            phone=PhoneNumber(raw_input=draft.phone) if draft.phone else None,
            level_id=known.levels[draft.level] if draft.level else None,
            status=draft.status or Distributor.Status.ACTIVE,
            joined_at=draft.joined_at or now,
        )
        for draft in drafts
    ]
    index = {draft.code: number for number, draft in enumerate(drafts)}
    parents = [index.get(draft.parent_code, -1) for draft in drafts]
    uplines = {
        number: known.people[draft.parent_code].pk
        for number, draft in enumerate(drafts)
        if draft.parent_code and parents[number] < 0
    }
    plant_forest(people, parents, uplines)
    events = (
        DistributorEvent(
            merchant=merchant,
            distributor_id=person.pk,
            field=DistributorEvent.Field.JOINED,
            new_value=draft.parent_code,
            effective_at=person.joined_at,
        )
        for person, draft in zip(people, drafts, strict=True)
    )
    DistributorEvent.objects.bulk_create(events, batch_size=ROWS_PER_INSERT)
