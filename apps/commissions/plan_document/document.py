"""The plan document (design §9): JSON in, a checked and normalised document out.

Every fault is found at once and named by its path, e.g. `rules[3].percent`. Nothing here touches
the database: what a rule refers to (levels, SKUs …) is checked by the plan service.
"""

import json
from typing import Any

from django.utils.translation import gettext as _

from apps.commissions.plan_document.kinds import FURTHER_KINDS, further_kinds
from apps.commissions.plan_document.reading import PlanProblem, PlanRefused, Reader

BASES = ("paid", "list", "profit")
SCOPES = ("sku", "product", "category")
CEILINGS = ("paid", "profit")
MAX_RULES = 2000
MAX_HOLD_DAYS = 365

PLAN_KEYS = (
    "name",
    "depths",
    "base",
    "hold_days",
    "self_purchase",
    "compression",
    "ceiling",
    "rules",
    *FURTHER_KINDS,
)
RULE_KEYS = ("depth", "level", *SCOPES, "percent", "amount")


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
    read = Reader()
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
        **further_kinds(read, raw),
    }
    if read.problems:
        raise PlanRefused(read.problems)
    return document


def _ceiling(read: Reader, raw: Any) -> dict | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        read.fail("ceiling", _("must be an object with “of” and “percent”, or null."))
        return None
    read.keys(raw, ("of", "percent"), "ceiling.")
    return {
        "of": read.choice(raw.get("of"), "ceiling.of", CEILINGS),
        "percent": read.percent(raw.get("percent"), "ceiling.percent"),
    }


def _rules(read: Reader, raw: Any, depths: int) -> list[dict]:
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


def _rule(read: Reader, raw: dict, path: str, depths: int) -> dict:
    read.keys(raw, RULE_KEYS, f"{path}.")
    rule: dict[str, Any] = {"depth": read.whole(raw.get("depth"), f"{path}.depth", 1, depths)}
    for key in ("level", *SCOPES):
        if raw.get(key) is not None:
            rule[key] = read.text(raw[key], f"{path}.{key}", 200)
    scopes = [scope for scope in SCOPES if scope in rule]
    if len(scopes) > 1:
        read.fail(f"{path}.{scopes[1]}", _("a rule has one scope: sku, product or category."))
    return rule | read.earning(raw, path)


def dump_plan_json(document: dict) -> str:
    """The document as JSON text; `parse_plan_json` of it gives the document back exactly."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
