"""Taking in levels and distributors from a merchant's files."""

from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.bulk import moment_text, no_search_for_cycles, room_for_many_pages
from apps.core.csv_files import ImportRefused, ImportReport, Problem, Row
from apps.core.locks import lock_until_commit
from apps.distributors.models import Distributor, Level
from apps.distributors.services.distributor_checks import (
    Known,
    Plan,
    check_against,
    plan_import,
)
from apps.distributors.services.distributor_file import (
    DISTRIBUTOR_COLUMNS,
    DistributorDraft,
    read_distributor_drafts,
)
from apps.distributors.services.level_file import LEVEL_COLUMNS, read_level_drafts
from apps.distributors.services.locks import lock_trees_of
from apps.distributors.services.planting import Newcomers, plant_forest
from apps.distributors.services.updating import apply_changes
from apps.merchants.models import Merchant

__all__ = ["DISTRIBUTOR_COLUMNS", "LEVEL_COLUMNS", "import_distributors", "import_levels"]

# Hears which part is being done, and how much of it is.
OnProgress = Callable[[str, int, int], None]


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


def import_distributors(
    *,
    merchant: Merchant,
    rows: Sequence[Row],
    partial: bool = False,
    actor: User | None = None,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Add the distributors of the file, parents in any order, each tree numbered in one pass.

    Somebody already there gets the file's name, phone and level, the level by `change_level`; an
    empty cell changes nothing. Another upline, time of joining or standing is a fault. Raises
    ImportRefused with every fault, nothing written; with `partial` the rows without a fault are
    taken in, and the report tells the others. `on_progress` hears (part, done, of how many).
    """
    show = on_progress or (lambda part, done, total: None)
    try:
        with (
            room_for_many_pages(),
            scope(merchant=merchant),
            transaction.atomic(),
            no_search_for_cycles(),
        ):
            lock_until_commit(f"import_distributors:{merchant.pk}")
            show(_("checking"), 0, len(rows))
            drafts = read_distributor_drafts(rows, merchant.zone)
            known = Known.of(merchant, drafts)
            check_against(known, drafts)
            problems = rows[0].problems
            if not partial:
                problems.raise_if_any()
            plan = plan_import(known, drafts)
            _lock(merchant, known, plan)
            apply_changes(plan.changes, known.levels, actor)
            if not partial:
                problems.raise_if_any()
            _add(merchant, plan.new, known, lambda done: show(_("writing"), done, len(plan.new)))
            plan.report.leave_out(problems.found)
    except IntegrityError as error:
        reason = _("somebody was registering the same code or phone meanwhile; import it again.")
        raise ImportRefused([Problem(0, "", reason)]) from error
    return plan.report


def _lock(merchant: Merchant, known: Known, plan: Plan) -> None:
    """All trees in which anybody is added or changes level, together and in one order."""
    people = [change.person for change in plan.changes if change.differs("level")]
    uplines = {draft.parent_code for draft in plan.new} & known.people.keys()
    people += [known.people[code] for code in uplines]
    lock_trees_of(merchant.pk, {person.pk for person in people})


def _add(
    merchant: Merchant,
    drafts: list[DistributorDraft],
    known: Known,
    on_written: Callable[[int], None],
) -> None:
    now, active = timezone.now(), Distributor.Status.ACTIVE.value
    people = Newcomers(
        codes=[draft.code for draft in drafts],
        names=[draft.name for draft in drafts],
        phones=[draft.phone or None for draft in drafts],
        level_ids=[known.levels[draft.level] if draft.level else None for draft in drafts],
        statuses=[draft.status or active for draft in drafts],
        joined=[moment_text(draft.joined_at or now) for draft in drafts],
        parent_codes=[draft.parent_code for draft in drafts],
    )
    index = {draft.code: number for number, draft in enumerate(drafts)}
    parents = [index.get(draft.parent_code, -1) for draft in drafts]
    uplines = {
        number: known.people[draft.parent_code].pk
        for number, draft in enumerate(drafts)
        if draft.parent_code and parents[number] < 0
    }
    plant_forest(merchant, people, parents, uplines, on_written)
