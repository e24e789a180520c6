"""The plan document (design §9): JSON in, a checked and normalised document out.

Every fault is found at once and named by its path, e.g. `rules[3].percent`. Nothing here touches
the database: what a rule refers to (levels, SKUs …) is checked by the plan service.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.core.money import (
    MoneyError,
    to_basis_points,
    to_major,
    to_minor,
    to_percent,
)

BASES = ("paid", "list", "profit")
SCOPES = ("sku", "product", "category")
CEILINGS = ("paid", "profit")
MAX_RULES = 2000
MAX_HOLD_DAYS = 365
FULL_PERCENT = 10_000

PLAN_KEYS = (
    "name",
    "depths",
    "base",
    "hold_days",
    "self_purchase",
    "compression",
    "ceiling",
    "rules",
)
RULE_KEYS = ("depth", "level", *SCOPES, "percent", "amount")


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


class _Reader:
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


def parse_plan_json(content: str | bytes, *, max_depths: int) -> dict:
    """The document in a JSON text. Raises PlanRefused; see `parse_plan`."""
    try:
        # Numbers keep their text, so that 12.5 is not read through a binary fraction.
        raw = json.loads(content, parse_float=str)
    except ValueError as error:
        raise PlanRefused(
            [PlanProblem("", _("is not JSON: %(error)s") % {"error": error})]
        ) from error
    return parse_plan(raw, max_depths=max_depths)


def parse_plan(raw: Any, *, max_depths: int) -> dict:
    """A normalised copy of a plan document: every key present, rates and amounts as exact texts.

    `max_depths` is the site's ceiling on paid depths. Raises PlanRefused naming every fault.
    """
    if not isinstance(raw, dict):
        raise PlanRefused([PlanProblem("", _("must be a JSON object."))])
    read = _Reader()
    read.keys(raw, PLAN_KEYS, "")
    for key in ("name", "depths", "rules"):
        if key not in raw:
            read.fail(key, _("is missing."))
    depths = read.whole(raw.get("depths", 1), "depths", 1, max_depths)
    document = {
        "name": read.text(raw.get("name", "?"), "name", 80),
        "depths": depths,
        "base": read.choice(raw.get("base", "paid"), "base", BASES),
        "hold_days": read.whole(raw.get("hold_days", 7), "hold_days", 0, MAX_HOLD_DAYS),
        "self_purchase": read.flag(raw.get("self_purchase", False), "self_purchase"),
        "compression": read.flag(raw.get("compression", False), "compression"),
        "ceiling": _ceiling(read, raw.get("ceiling")),
        "rules": _rules(read, raw.get("rules", []), depths or max_depths),
    }
    if read.problems:
        raise PlanRefused(read.problems)
    return document


def _ceiling(read: _Reader, raw: Any) -> dict | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        read.fail("ceiling", _("must be an object with “of” and “percent”, or null."))
        return None
    read.keys(raw, ("of", "percent"), "ceiling.")
    percent = read.number(raw.get("percent"), "ceiling.percent", to_basis_points, FULL_PERCENT)
    return {
        "of": read.choice(raw.get("of"), "ceiling.of", CEILINGS),
        "percent": str(to_percent(percent)),
    }


def _rules(read: _Reader, raw: Any, depths: int) -> list[dict]:
    if not isinstance(raw, list) or not raw:
        read.fail("rules", _("must be a list of at least one rule."))
        return []
    if len(raw) > MAX_RULES:
        read.fail("rules", _("has more than %(max)s rules.") % {"max": MAX_RULES})
        return []
    rules = []
    seen: dict[tuple, int] = {}
    for index, item in enumerate(raw):
        path = f"rules[{index}]"
        if not isinstance(item, dict):
            read.fail(path, _("must be an object."))
            continue
        rule = _rule(read, item, path, depths)
        place = (rule["depth"], rule.get("level"), *(rule.get(scope) for scope in SCOPES))
        if place in seen:
            read.fail(
                path, _("says the same as rules[%(other)s]: keep one.") % {"other": seen[place]}
            )
        seen.setdefault(place, index)
        rules.append(rule)
    return rules


def _rule(read: _Reader, raw: dict, path: str, depths: int) -> dict:
    read.keys(raw, RULE_KEYS, f"{path}.")
    rule: dict[str, Any] = {"depth": read.whole(raw.get("depth"), f"{path}.depth", 1, depths)}
    for key in ("level", *SCOPES):
        if raw.get(key) is not None:
            rule[key] = read.text(raw[key], f"{path}.{key}", 200)
    scopes = [scope for scope in SCOPES if scope in rule]
    if len(scopes) > 1:
        read.fail(f"{path}.{scopes[1]}", _("a rule has one scope: sku, product or category."))
    if ("percent" in raw) == ("amount" in raw):
        read.fail(path, _("needs either a percent or an amount."))
    elif "percent" in raw:
        rate = read.number(raw["percent"], f"{path}.percent", to_basis_points, FULL_PERCENT)
        rule["percent"] = str(to_percent(rate))
    else:
        rule["amount"] = str(to_major(read.number(raw["amount"], f"{path}.amount", to_minor, None)))
    return rule
