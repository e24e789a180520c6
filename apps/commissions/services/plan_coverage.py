"""Rules of a plan that could never apply to what the merchant sells today."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from apps.commissions.engine import Line
from apps.commissions.engine.plan import CATEGORY_SEPARATOR
from apps.commissions.plan_document import PlanProblem
from apps.commissions.services.plan_places import RulePlaces

SCOPES = ("sku", "product", "category")
NAMED_WINNERS = 3
Scope = tuple[str, str]


def idle_rules(document: dict, places: RulePlaces, lines: Sequence[Line]) -> list[PlanProblem]:
    """Share rules that pay nobody on any of these lines, and why; none on an empty shelf."""
    if not lines:
        return []
    distinct = list({places.place_of(line): line for line in lines}.values())
    used = {
        rule.path
        for line in distinct
        for rules in places.rules_for(line)
        for rule in rules.values()
        if rule
    }
    idle = {
        f"rules[{index}]": rule
        for index, rule in enumerate(document["rules"])
        if f"rules[{index}]" not in used
    }
    winners = _winners(idle, places, distinct)
    return [PlanProblem(path, _reason(winners.get(path))) for path in idle]


def _winners(
    idle: dict[str, dict], places: RulePlaces, lines: Iterable[Line]
) -> dict[str, set[str]]:
    """Path of an idle rule → the rules that stand before it, if it has any goods at all."""
    by_scope: dict[Scope, list[tuple[str, dict]]] = defaultdict(list)
    for path, rule in idle.items():
        by_scope[_scope_of(rule)].append((path, rule))
    winners: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for scope in _scopes_around(line):
            for path, rule in by_scope.get(scope, ()):
                by_level = places.rules_for(line)[rule["depth"] - 1]
                levels = [rule["level"]] if "level" in rule else places.levels
                winners[path] |= {winner.path for level in levels if (winner := by_level[level])}
    return winners


def _reason(winners: set[str] | None) -> str:
    if winners is None:
        return _("never applies: no SKU belongs to it now.")
    first = sorted(winners, key=lambda path: int(path[6:-1]))
    named = ", ".join(first[:NAMED_WINNERS]) + (" …" if len(first) > NAMED_WINNERS else "")
    return _("never applies: for all its goods, %(rules)s is more specific.") % {"rules": named}


def _scope_of(rule: dict) -> Scope:
    return next(((scope, rule[scope]) for scope in SCOPES if scope in rule), ("", ""))


def _scopes_around(line: Line) -> Iterator[Scope]:
    yield "sku", line.sku
    yield "product", line.product
    names = line.category.split(CATEGORY_SEPARATOR) if line.category else []
    for count in range(1, len(names) + 1):
        yield "category", CATEGORY_SEPARATOR.join(names[:count])
    yield "", ""
