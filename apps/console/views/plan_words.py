"""A plan in words: the kinds beyond shares by depth, and what differs from another plan."""

from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.templatetags.money_display import money_text, rate

NAMES: dict[str, str | Promise] = {
    "level_difference": gettext_lazy("Level difference"),
    "newcomer": gettext_lazy("Newcomer boost"),
    "referral": gettext_lazy("Referral award"),
    "regions": gettext_lazy("Regional agents"),
    "store": gettext_lazy("Store share"),
    "stage_bonuses": gettext_lazy("Stage bonuses"),
}
PERIODS = {
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "year": gettext_lazy("year"),
}


def further_words(
    document: dict[str, Any], levels: dict[str, str], currency: str
) -> list[tuple[str | Promise, list[str]]]:
    """Each kind the plan has, by name, and what it says."""
    writers = {
        "level_difference": lambda part: _level_difference(part, levels),
        "newcomer": _newcomer,
        "referral": _referral,
        "regions": lambda part: _regions(part, currency),
        "store": lambda part: [
            _("Whoever keeps the store where an order is picked up earns %(pays)s.")
            % {"pays": _pays(part, currency)}
        ],
        "stage_bonuses": lambda part: _bonuses(part, currency),
    }
    return [
        (name, writers[kind](document[kind])) for kind, name in NAMES.items() if kind in document
    ]


def _percent(value: str) -> str:
    return rate(Decimal(value))


def _pays(part: dict[str, str], currency: str) -> str:
    if "percent" in part:
        return _percent(part["percent"])
    return _("%(amount)s a piece") % {"amount": money_text(Decimal(part["amount"]), currency)}


def _level_difference(part: dict[str, Any], levels: dict[str, str]) -> list[str]:
    words = [
        _("Each upline earns the rate of their level less the highest rate already paid below: ")
        + ", ".join(
            f"{levels.get(each['level'], each['level'])} {_percent(each['percent'])}"
            for each in part["rates"]
        )
    ]
    if "same_level" in part:
        words.append(
            _("Where the one below has the same level: %(pays)s, once per level.")
            % {"pays": _percent(part["same_level"])}
        )
    return words


def _newcomer(part: dict[str, Any]) -> list[str]:
    words = {"days": part["days"], "pays": _percent(part["percent"])}
    return [_("A seller earns %(pays)s more in the first %(days)s days after joining.") % words]


def _referral(part: dict[str, Any]) -> list[str]:
    words = {"orders": part["orders"], "pays": _percent(part["percent"])}
    return [
        _("A recruiter earns %(pays)s of the first %(orders)s own purchases of a recruit.") % words
    ]


def _regions(part: dict[str, Any], currency: str) -> list[str]:
    pays = (
        _("An order pays the agents of its district, city and province.")
        if part["pays"] == "all"
        else _("An order pays the agent nearest to its region.")
    )
    return [
        pays,
        *(
            f"{each['region']}: {each['distributor']} {_pays(each, currency)}"
            for each in part["agents"]
        ),
    ]


def _bonuses(part: list[dict[str, Any]], currency: str) -> list[str]:
    words = []
    for bonus in part:
        steps = ", ".join(_step(step, currency) for step in bonus["steps"])
        sales = _("own sales") if bonus["of"] == "own" else _("team sales")
        words.append(f"{sales} · {PERIODS[bonus['period']]}: {steps}")
        if "pool" in bonus:
            pool = money_text(Decimal(bonus["pool"]), currency)
            words.append(_("At most %(pool)s in a period.") % {"pool": pool})
    return words


def _step(step: dict[str, str], currency: str) -> str:
    reach = money_text(Decimal(step["reach"]), currency)
    if "percent" in step:
        return _("from %(reach)s: %(pays)s") % {"reach": reach, "pays": _percent(step["percent"])}
    amount = money_text(Decimal(step["amount"]), currency)
    return _("from %(reach)s: %(pays)s") % {"reach": reach, "pays": amount}


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What differs, as (path, before, after); rules are compared by place, not by order."""
    old, new = _flat(before), _flat(after)
    return [
        (path, old.get(path, "—"), new.get(path, "—"))
        for path in dict.fromkeys([*new, *old])
        if old.get(path) != new.get(path)
    ]


def _flat(document: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in document.items():
        if key == "rules":
            for rule in value:
                place = " ".join(
                    f"{name} {rule[name]}"
                    for name in ("depth", "level", "sku", "product", "category")
                    if name in rule
                )
                found[place] = _earning(rule)
        else:
            _flatten(key, value, found)
    return found


def _earning(rule: dict[str, str]) -> str:
    return f"{rule['percent']}%" if "percent" in rule else rule["amount"]


def _flatten(path: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _flatten(f"{path}.{key}", each, found)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _flatten(f"{path}[{index}]", each, found)
    elif value is not None:
        found[path] = str(value).lower() if isinstance(value, bool) else str(value)
