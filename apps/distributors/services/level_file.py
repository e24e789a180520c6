"""Reading a file of levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from apps.core.csv_files import Row
from apps.distributors.models import Level

LEVEL_COLUMNS = ("code", "name", "rank")


@dataclass(frozen=True)
class LevelDraft:
    """One row of the file."""

    row: Row
    code: str
    name: str
    rank: int | None


def read_level_drafts(rows: Sequence[Row], levels: Mapping[str, Level]) -> list[LevelDraft]:
    """The rows, given the merchant's `levels` by code. Raises ImportRefused with every fault."""
    drafts = [
        LevelDraft(row, _code(row), row.text("name", max_length=40), row.integer("rank"))
        for row in rows
    ]
    _check_codes(drafts)
    _check_ranks(drafts, levels)
    rows[0].problems.raise_if_any()
    return drafts


def _code(row: Row) -> str:
    code = row.text("code", max_length=40)
    if code:
        try:
            validate_slug(code)
        except ValidationError:
            row.fail("code", _("may hold only letters, digits, - and _."))
    return code


def _check_codes(drafts: Sequence[LevelDraft]) -> None:
    lines: dict[str, int] = {}
    for draft in drafts:
        if draft.code and lines.setdefault(draft.code, draft.row.line) != draft.row.line:
            draft.row.fail(
                "code",
                _("“%(value)s” stands on line %(line)s already.")
                % {"value": draft.code, "line": lines[draft.code]},
            )


def _check_ranks(drafts: Sequence[LevelDraft], levels: Mapping[str, Level]) -> None:
    in_file = {draft.code for draft in drafts}
    holders = {level.rank: code for code, level in levels.items() if code not in in_file}
    for draft in drafts:
        if draft.rank is None:
            continue
        holder = holders.setdefault(draft.rank, draft.code)
        if holder != draft.code:
            draft.row.fail(
                "rank",
                _("%(rank)s is the rank of level “%(holder)s” already.")
                % {"rank": draft.rank, "holder": holder},
            )
