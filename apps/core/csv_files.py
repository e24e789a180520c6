"""Reading a merchant's CSV file: every fault found at once, by line and column.

A file is UTF-8 (with or without a BOM) or GB18030, as Chinese Excel writes it. Line 1 is the
header. Importers read cells through `Row`, which collects problems instead of raising, then call
`problems.raise_if_any()` before writing anything.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.money import MoneyError, to_minor

MAX_PROBLEMS_SHOWN = 200


@dataclass(frozen=True)
class Problem:
    """One fault of a file: where it is, and what to do about it."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = _("line %(line)s") % {"line": self.line} if self.line else _("file")
        return (
            f"{where}, {self.column}: {self.reason}" if self.column else f"{where}: {self.reason}"
        )


class ImportRefused(Exception):
    """The file has faults; nothing was written. `problems` lists them in file order."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class ImportReport:
    """What an import did: line → one of created, updated, unchanged, with a label of the row."""

    outcomes: list[tuple[int, str, str]] = field(default_factory=list)
    # Only where a file may be taken in in part: the faults of the lines that were not.
    left_out: Sequence[Problem] = ()

    def add(self, line: int, outcome: str, label: str) -> None:
        self.outcomes.append((line, outcome, label))

    def leave_out(self, problems: Sequence[Problem]) -> None:
        """These kept their lines from being taken in, while others were."""
        lines = {problem.line for problem in problems}
        self.outcomes = [each for each in self.outcomes if each[0] not in lines]
        self.left_out = sorted(problems, key=lambda problem: problem.line)

    def count(self, outcome: str) -> int:
        return sum(1 for _line, each, _label in self.outcomes if each == outcome)

    def __str__(self) -> str:
        counts = {
            "created": self.count("created"),
            "updated": self.count("updated"),
            "unchanged": self.count("unchanged"),
        }
        text = _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged") % counts
        lines = len({problem.line for problem in self.left_out})
        return text + (_(", %(lines)s left out") % {"lines": lines} if lines else "")


class Problems:
    """Collects the faults of one file."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, line: int, column: str, reason: str) -> None:
        self.found.append(Problem(line, column, reason))

    @property
    def lines(self) -> set[int]:
        """The lines at fault."""
        return {problem.line for problem in self.found}

    def raise_if_any(self) -> None:
        """Raises ImportRefused when anything was found."""
        if self.found:
            raise ImportRefused(self.found)


class Row:
    """One line of a file. A cell that does not fit is reported and read as None."""

    __slots__ = ("cells", "line", "problems")

    def __init__(self, line: int, cells: dict[str, str], problems: Problems):
        self.line = line
        self.cells = cells
        self.problems = problems

    def fail(self, column: str, reason: str) -> None:
        """Report a fault of this line."""
        self.problems.add(self.line, column, reason)

    def text(self, column: str, *, required: bool = True, max_length: int = 80) -> str:
        """The cell without surrounding blanks; empty when absent."""
        value = self.cells.get(column, "")
        if not value:
            if required:
                self.fail(column, _("is empty; a value is needed."))
            return value
        if len(value) > max_length:
            self.fail(column, _("is longer than %(max)s characters.") % {"max": max_length})
        if "\x00" in value:
            self.fail(column, _("contains a NUL character."))
        return value

    def choice(
        self, column: str, choices: Iterable[str], *, default: str | None = None
    ) -> str | None:
        """One of `choices`; `default` when the cell is empty."""
        value = self.text(column, required=default is None)
        if not value:
            return default
        if value not in choices:
            allowed = ", ".join(choices)
            self.fail(
                column,
                _("“%(value)s” is not one of %(allowed)s.") % {"value": value, "allowed": allowed},
            )
            return None
        return value

    def money(
        self, column: str, *, required: bool = True, default: Decimal | None = None
    ) -> Decimal | None:
        """A non-negative amount in major units with at most two decimals."""
        return self._convert(column, _money, required, default)

    def integer(self, column: str, *, required: bool = True, minimum: int = 0) -> int | None:
        """A whole number of at least `minimum`."""
        return self._convert(column, lambda value: _integer(value, minimum), required, None)

    def moment(self, column: str, zone: ZoneInfo, *, required: bool = True) -> datetime | None:
        """An ISO 8601 time; without an offset it is in `zone`, the merchant's."""
        return self._convert(column, lambda value: parse_moment(value, zone), required, None)

    def _convert(
        self, column: str, convert: Callable[[str], Any], required: bool, default: Any
    ) -> Any:
        value = self.text(column, required=required)
        if not value:
            return default
        try:
            return convert(value)
        except ValueError as error:
            self.fail(column, str(error))
            return None


def _money(value: str) -> Decimal:
    try:
        minor = to_minor(value)
    except MoneyError as error:
        raise ValueError(
            _("“%(value)s” is not an amount with at most two decimals.") % {"value": value}
        ) from error
    if minor < 0:
        raise ValueError(_("“%(value)s” is negative.") % {"value": value})
    return Decimal(minor).scaleb(-2)


def _integer(value: str, minimum: int) -> int:
    if not value.lstrip("-").isascii() or not value.lstrip("-").isdigit() or len(value) > 9:
        raise ValueError(_("“%(value)s” is not a whole number.") % {"value": value})
    if int(value) < minimum:
        raise ValueError(
            _("“%(value)s” is less than %(minimum)s.") % {"value": value, "minimum": minimum}
        )
    return int(value)


def parse_moment(value: str, zone: ZoneInfo) -> datetime:
    """An aware time from ISO 8601; without an offset it is in `zone`. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        # A day at the edge of the calendar may not exist in the database's zone.
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            _("“%(value)s” is not a time such as 2026-03-01 or 2026-03-01T09:30:00+08:00.")
            % {"value": value}
        ) from error
    return moment


def column_of(
    rows: Sequence[Row], column: str, *, required: bool = True, max_length: int = 80
) -> list[str]:
    """`Row.text` of every row. Told for all at once where no cell is at fault, as is usual."""
    values = [row.cells.get(column, "") for row in rows]
    if (
        (not required or all(values))
        and len(max(values, key=len, default="")) <= max_length
        and "\x00" not in "".join(values)
    ):
        return values
    return [row.text(column, required=required, max_length=max_length) for row in rows]


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 or GB18030. Raises ImportRefused for any other encoding."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ImportRefused(
        [Problem(0, "", _("is neither UTF-8 nor GB18030 text; save it as “CSV UTF-8”."))]
    )


def read_rows(
    content: bytes, *, required: Sequence[str], optional: Sequence[str] = (), partial: bool = False
) -> list[Row]:
    """The rows of a CSV file; all share one `Problems`, reachable as `rows[0].problems`.

    Raises ImportRefused for an unreadable file, a missing, unknown or repeated column, a line with
    too many or too few cells (with `partial`: if no other line is left), or a file without a row.
    """
    records = list(csv.reader(io.StringIO(decode(content), newline=""), strict=False))
    if not records:
        raise ImportRefused([Problem(0, "", _("is empty; the first line must name the columns."))])
    header = [name.strip() for name in records[0]]
    _check_header(header, required, optional)
    problems = Problems()
    rows = _rows(records[1:], header, problems)
    if not rows and not problems.found:
        problems.add(0, "", _("has a header but no rows."))
    if not (partial and rows):
        problems.raise_if_any()
    return rows


def _check_header(header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    known = [*required, *optional]
    problems = Problems()
    for name in required:
        if name not in header:
            problems.add(1, name, _("this column is missing."))
    for name in dict.fromkeys(header):
        if name not in known:
            problems.add(
                1,
                name,
                _("this column is unknown; the columns are %(known)s.")
                % {"known": ", ".join(known)},
            )
        elif header.count(name) > 1:
            problems.add(1, name, _("this column stands there more than once."))
    problems.raise_if_any()


def _rows(records: list[list[str]], header: list[str], problems: Problems) -> list[Row]:
    rows = []
    for line, record in enumerate(records, start=2):
        if not "".join(record).strip():
            continue
        if len(record) != len(header):
            problems.add(
                line,
                "",
                _("has %(found)s cells, the header has %(expected)s.")
                % {"found": len(record), "expected": len(header)},
            )
            continue
        cells = dict(zip(header, map(str.strip, record), strict=True))
        rows.append(Row(line, cells, problems))
    return rows
