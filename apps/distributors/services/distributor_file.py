"""Reading a file of distributors, cell by cell."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.csv_files import Row, column_of, parse_moment
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
    drafts = list(
        map(
            DistributorDraft,
            rows,
            column_of(rows, "code", max_length=64),
            column_of(rows, "parent_code", required=False, max_length=64),
            column_of(rows, "name", max_length=80),
            _phones(rows),
            column_of(rows, "level", required=False, max_length=40),
            _moments(rows, zone),
            _statuses(rows),
        )
    )
    _check_repeated("code", drafts)
    _check_repeated("phone", drafts)
    return drafts


def _phones(rows: Sequence[Row]) -> list[str]:
    values = column_of(rows, "phone", required=False)
    return [_phone(row, value) if value else "" for row, value in zip(rows, values, strict=True)]


def _moments(rows: Sequence[Row], zone: ZoneInfo) -> list[datetime | None]:
    # The days of one file are few: each is read once, and so is what is none.
    found = {value: _moment(value, zone) for value in {row.cells["joined_at"] for row in rows}}
    if None not in found.values():
        return [found[row.cells["joined_at"]] or None for row in rows]
    return [row.moment("joined_at", zone, required=False) for row in rows]


def _moment(value: str, zone: ZoneInfo) -> datetime | str | None:
    """The moment; empty text stays empty; None for what is no moment."""
    try:
        return parse_moment(value, zone) if value else ""
    except ValueError:
        return None


def _statuses(rows: Sequence[Row]) -> list[str | None]:
    values = column_of(rows, "status", required=False)
    if {"", *STATUSES}.issuperset(values):
        return values
    return [row.choice("status", STATUSES, default="") for row in rows]


def _phone(row: Row, value: str) -> str:
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
