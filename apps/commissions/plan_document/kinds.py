"""The parts of a plan document beyond shares by depth, each absent unless the plan has it."""

from typing import Any

from django.utils.translation import gettext as _

from apps.commissions.plan_document.reading import Reader
from apps.core.money import to_minor

REGION_SEPARATOR = "/"
REGION_TIERS = 3
MAX_LEVELS = 100
MAX_AGENTS = 5_000
MAX_BONUSES = 3
MAX_STEPS = 20
MAX_DAYS = 3650
MAX_ORDERS = 1000

FURTHER_KINDS = (
    "level_difference",
    "newcomer",
    "referral",
    "regions",
    "store",
    "stage_bonuses",
)


def further_kinds(read: Reader, raw: dict) -> dict[str, Any]:
    """Those of FURTHER_KINDS that the document has, normalised."""
    readers = {
        "level_difference": _level_difference,
        "newcomer": _newcomer,
        "referral": _referral,
        "regions": _regions,
        "store": _store,
        "stage_bonuses": _stage_bonuses,
    }
    return {
        key: value
        for key, reader in readers.items()
        if raw.get(key) is not None and (value := reader(read, raw[key])) is not None
    }


def _level_difference(read: Reader, raw: Any) -> dict | None:
    path = "level_difference"
    if read.object(raw, path, ("rates", "same_level")) is None:
        return None
    rates, seen = [], set()
    for index, item in enumerate(read.items(raw.get("rates"), f"{path}.rates", MAX_LEVELS)):
        place = f"{path}.rates[{index}]"
        if read.object(item, place, ("level", "percent")) is None:
            continue
        level = read.text(item.get("level"), f"{place}.level", 200)
        if level in seen:
            read.fail(f"{place}.level", _("has a rate already: keep one."))
        seen.add(level)
        percent = read.percent(item.get("percent"), f"{place}.percent")
        rates.append({"level": level, "percent": percent})
    document: dict[str, Any] = {"rates": rates}
    if raw.get("same_level") is not None:
        document["same_level"] = read.percent(raw["same_level"], f"{path}.same_level")
    return document


def _newcomer(read: Reader, raw: Any) -> dict | None:
    if read.object(raw, "newcomer", ("days", "percent")) is None:
        return None
    return {
        "days": read.whole(raw.get("days"), "newcomer.days", 1, MAX_DAYS),
        "percent": read.percent(raw.get("percent"), "newcomer.percent"),
    }


def _referral(read: Reader, raw: Any) -> dict | None:
    if read.object(raw, "referral", ("orders", "percent")) is None:
        return None
    return {
        "orders": read.whole(raw.get("orders"), "referral.orders", 1, MAX_ORDERS),
        "percent": read.percent(raw.get("percent"), "referral.percent"),
    }


def _regions(read: Reader, raw: Any) -> dict | None:
    if read.object(raw, "regions", ("pays", "agents")) is None:
        return None
    agents, seen = [], {}
    for index, item in enumerate(read.items(raw.get("agents"), "regions.agents", MAX_AGENTS)):
        path = f"regions.agents[{index}]"
        if read.object(item, path, ("region", "distributor", "percent", "amount")) is None:
            continue
        agent = {
            "region": _region(read, item.get("region"), f"{path}.region"),
            "distributor": read.text(item.get("distributor"), f"{path}.distributor", 64),
            **read.earning(item, path),
        }
        if agent["region"] in seen:
            read.fail(
                f"{path}.region",
                _("has an agent already at regions.agents[%(other)s]: keep one.")
                % {"other": seen[agent["region"]]},
            )
        seen.setdefault(agent["region"], index)
        agents.append(agent)
    return {
        "pays": read.choice(raw.get("pays", "nearest"), "regions.pays", ("nearest", "all")),
        "agents": agents,
    }


def _region(read: Reader, raw: Any, path: str) -> str:
    names = [name.strip() for name in read.text(raw, path, 80).split(REGION_SEPARATOR)]
    if not all(names) or len(names) > REGION_TIERS:
        read.fail(path, _("is a province, city or district, such as 浙江省/杭州市/西湖区."))
    return REGION_SEPARATOR.join(names)


def _store(read: Reader, raw: Any) -> dict | None:
    if read.object(raw, "store", ("percent", "amount")) is None:
        return None
    return read.earning(raw, "store")


def _stage_bonuses(read: Reader, raw: Any) -> list[dict]:
    bonuses = []
    for index, item in enumerate(read.items(raw, "stage_bonuses", MAX_BONUSES)):
        path = f"stage_bonuses[{index}]"
        if read.object(item, path, ("of", "period", "steps", "pool")) is None:
            continue
        bonus = {
            "of": read.choice(item.get("of"), f"{path}.of", ("own", "team")),
            "period": read.choice(
                item.get("period", "month"), f"{path}.period", ("month", "quarter", "year")
            ),
            "steps": _steps(read, item.get("steps"), f"{path}.steps"),
        }
        if item.get("pool") is not None:
            bonus["pool"] = read.money(item["pool"], f"{path}.pool")
        bonuses.append(bonus)
    return bonuses


def _steps(read: Reader, raw: Any, path: str) -> list[dict]:
    steps, before = [], -1
    for index, item in enumerate(read.items(raw, path, MAX_STEPS)):
        place = f"{path}[{index}]"
        if read.object(item, place, ("reach", "percent", "amount")) is None:
            continue
        reach = read.money(item.get("reach"), f"{place}.reach")
        if to_minor(reach) <= before:
            read.fail(f"{place}.reach", _("must be above the step before it."))
        before = to_minor(reach)
        steps.append({"reach": reach, **read.earning(item, place)})
    return steps
