"""Reading a file of distributors, cell by cell."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.csv_files import Row, parse_moment
from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor

STATUSES = tuple(Distributor.Status.values)
DISTRIBUTOR_COLUMNS = ("code", "parent_code", "name", "phone", "level", "joined_at", "status")


class DistributorDraft(NamedTuple):
    """One row of the file; `joined_at` and `status` are None where the cell is empty."""

    row: Row
    code: str
    parent_code: str
    name: str
    phone: str
    level: str
    joined_at: datetime | None
    status: str | None


def read_distributor_drafts(rows: Sequence[Row], zone: ZoneInfo) -> list[DistributorDraft]:
    """The rows; faults of single cells and repetitions are reported on the rows' problems."""
    # The days of one file are few.
    moment = lru_cache(maxsize=10_000)(lambda value: parse_moment(value, zone))
    drafts = [_read(row, zone, moment) for row in rows]
    _check_repeated("code", drafts)
    _check_repeated("phone", drafts)
    return drafts


def _read(row: Row, zone: ZoneInfo, moment) -> DistributorDraft:
    return DistributorDraft(
        row,
        row.text("code", max_length=64),
        row.text("parent_code", required=False, max_length=64),
        row.text("name", max_length=80),
        _phone(row),
        row.text("level", required=False, max_length=40),
        row.converted("joined_at", moment, required=False),
        row.choice("status", STATUSES, default=""),
    )


def _phone(row: Row) -> str:
    value = row.text("phone", required=False)
    if not value:
        return ""
    normalised = normalise_phone(value)
    if normalised is None:
        row.fail("phone", _("“%(value)s” is not a phone number.") % {"value": value})
    return normalised or ""


def _check_repeated(column: str, drafts: Sequence[DistributorDraft]) -> None:
    value_of = attrgetter(column)
    values = [value for draft in drafts if (value := value_of(draft))]
    if len(set(values)) == len(values):
        return
    lines: dict[str, int] = {}
    for draft in drafts:
        value = value_of(draft)
        if value and lines.setdefault(value, draft.row.line) != draft.row.line:
            draft.row.fail(
                column,
                _("“%(value)s” stands on line %(line)s already.")
                % {"value": value, "line": lines[value]},
            )
