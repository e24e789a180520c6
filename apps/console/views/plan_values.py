"""A checked plan document as a browser would post it: what the form's fields are filled with."""

from collections.abc import Iterable
from typing import Any

from django.utils.datastructures import MultiValueDict

from apps.console.views.plan_fields import HEAD_FIELDS
from apps.distributors.models import Level


def values_of(document: dict[str, Any]) -> MultiValueDict:
    """What the fields of a checked document hold, as a browser would post it."""
    data = MultiValueDict()
    for path, field in HEAD_FIELDS.items():
        value: Any = document
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is True:
            data[field] = "on"
        elif value is not None and value is not False and not isinstance(value, dict):
            data[field] = str(value)
    store = document.get("store", {})
    data["store_unit"] = "amount" if "amount" in store else "percent"
    for rule in document["rules"]:
        scope = next((key for key in ("sku", "product", "category") if key in rule), "")
        cells = {"depth": rule["depth"], "level": rule.get("level", ""), "scope": scope}
        _append(data, "rules", cells | {"value": rule.get(scope, "")} | _earning_cells(rule))
    for rate in document.get("level_difference", {}).get("rates", ()):
        _append(data, "rates", {"level": rate["level"], "number": rate["percent"]})
    for agent in document.get("regions", {}).get("agents", ()):
        names = {name: agent[name] for name in ("region", "distributor")}
        _append(data, "agents", names | _earning_cells(agent))
    for place, bonus in enumerate(document.get("stage_bonuses", ())):
        own = {name: bonus.get(name, "") for name in ("of", "period", "pool")}
        _append(data, f"bonus{place}", own)
        for step in bonus["steps"]:
            _append(data, f"steps{place}", {"reach": step["reach"]} | _earning_cells(step))
    return data


def rules_of_levels(levels: Iterable[Level], depths: int) -> list[dict[str, Any]]:
    """Rules for any goods from the levels' default rates, as deep as the plan pays."""
    return [
        {"depth": depth, "level": level.code, "percent": f"{rate.normalize():f}"}
        for depth in range(1, depths + 1)
        for level in levels
        if (rate := level.default_rates.get(depth)) is not None
    ]


def _earning_cells(part: dict[str, Any]) -> dict[str, str]:
    unit = "amount" if "amount" in part else "percent"
    return {"number": part[unit], "unit": unit}


def _append(data: MultiValueDict, group: str, cells: dict[str, Any]) -> None:
    for name, value in cells.items():
        data.appendlist(f"{group}-{name}", str(value))
