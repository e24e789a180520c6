"""Reading values out of a plan's JSON, every fault collected with its path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.core.money import MoneyError, to_basis_points, to_major, to_minor, to_percent

FULL_PERCENT = 10_000


@dataclass(frozen=True)
class PlanProblem:
    """One fault of a plan document."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


class PlanRefused(Refused):
    """The plan cannot be saved or activated; `problems` names every fault by its path."""

    def __init__(self, problems: list[PlanProblem]):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Reader:
    """Reads values out of a JSON object, collecting faults."""

    def __init__(self) -> None:
        self.problems: list[PlanProblem] = []

    def fail(self, path: str, reason: str) -> None:
        self.problems.append(PlanProblem(path, reason))

    def keys(self, value: dict, known: tuple[str, ...], prefix: str) -> None:
        for key in value:
            if key not in known:
                self.fail(
                    f"{prefix}{key}",
                    _("is unknown; known are %(known)s.") % {"known": ", ".join(known)},
                )

    def text(self, value: Any, path: str, max_length: int) -> str:
        if not isinstance(value, str) or not value.strip():
            self.fail(path, _("must be a text."))
            return ""
        if len(value.strip()) > max_length:
            self.fail(path, _("is longer than %(max)s characters.") % {"max": max_length})
        return value.strip()

    def whole(self, value: Any, path: str, low: int, high: int) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fail(
                path,
                _("must be a whole number from %(low)s to %(high)s.") % {"low": low, "high": high},
            )
            return None
        return value

    def flag(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            self.fail(path, _("must be true or false."))
        return value is True

    def choice(self, value: Any, path: str, choices: tuple[str, ...]) -> str:
        if value not in choices:
            self.fail(path, _("must be one of %(choices)s.") % {"choices": ", ".join(choices)})
            return choices[0]
        return value

    def number(self, value: Any, path: str, convert: Callable[[Any], int], high: int | None) -> int:
        try:
            # True is an int to Python and prints as no number; a float is no exact one.
            number = convert("" if isinstance(value, bool | float) or value is None else value)
        except MoneyError:
            self.fail(path, _('must be a number with at most two decimals, such as "12.5".'))
            return 0
        if number < 0:
            self.fail(path, _("must not be negative."))
        if high is not None and number > high:
            self.fail(path, _("must not be above 100."))
        return number

    def percent(self, value: Any, path: str) -> str:
        """A percentage from 0 to 100 as an exact text."""
        return str(to_percent(self.number(value, path, to_basis_points, FULL_PERCENT)))

    def money(self, value: Any, path: str) -> str:
        """An amount in major units, not negative, as an exact text."""
        return str(to_major(self.number(value, path, to_minor, None)))

    def earning(self, raw: dict, path: str) -> dict[str, str]:
        """Either a `percent` or an `amount` of a part of the document."""
        if ("percent" in raw) == ("amount" in raw):
            self.fail(path, _("needs either a percent or an amount."))
            return {}
        if "percent" in raw:
            return {"percent": self.percent(raw["percent"], f"{path}.percent")}
        return {"amount": self.money(raw["amount"], f"{path}.amount")}

    def object(self, value: Any, path: str, known: tuple[str, ...]) -> dict | None:
        """A JSON object with only these keys; None, with the fault noted, for anything else."""
        if not isinstance(value, dict):
            self.fail(path, _("must be an object with %(keys)s.") % {"keys": ", ".join(known)})
            return None
        self.keys(value, known, f"{path}.")
        return value

    def items(self, value: Any, path: str, most: int) -> list:
        """A list of at least one and at most `most` items."""
        if not isinstance(value, list) or not value:
            self.fail(path, _("must be a list of at least one item."))
            return []
        if len(value) > most:
            self.fail(path, _("has more than %(max)s items.") % {"max": most})
            return []
        return value
