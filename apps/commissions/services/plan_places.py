"""A plan against the merchant's shelf: which of its rules pays for what is sold today."""

from collections.abc import Iterator
from datetime import datetime

from apps.commissions.engine import CompiledPlan, Extra, Line, Rule
from apps.core.bulk import stored_integer
from apps.orders.services.lines import category_paths
from apps.products.models import CampaignLine, Sku
from apps.products.selectors.pricing import not_over

# Level code (None: no level, or one the plan does not name) → the rule that pays it.
RulesByLevel = dict[str | None, Rule | None]


def current_lines(*, merchant) -> list[Line]:
    """One unit of every SKU at its current price and cost, by code. Two queries."""
    paths = category_paths()
    rows = Sku.objects.filter(merchant=merchant).order_by("code")
    return [
        Line(pk, sku, product, paths.get(category, ""), 1, price, price, cost)
        for pk, sku, product, category, price, cost in rows.values_list(
            "pk",
            "code",
            "product__code",
            "product__category_id",
            stored_integer("price"),
            stored_integer("cost"),
        )
    ]


def campaign_lines(*, merchant, at: datetime) -> list[Line]:
    """One unit of everything in campaigns that are not over at `at` (aware), at its price there and
    with what the campaign adds to commission; by SKU. A query, and one more if there are any."""
    rows = CampaignLine.objects.filter(not_over(at, "campaign__"), merchant=merchant).order_by(
        "sku__code", "campaign_id"
    )
    found = list(
        rows.values_list(
            "sku_id",
            "sku__code",
            "sku__product__code",
            "sku__product__category_id",
            "campaign__code",
            stored_integer("price"),
            stored_integer("sku__price"),
            stored_integer("sku__cost"),
            stored_integer("campaign__extra_commission"),
        )
    )
    paths = category_paths() if found else {}
    lines = []
    for pk, sku, product, category, campaign, price, list_price, cost, rate in found:
        extra = Extra(campaign, rate or 0)
        path = paths.get(category, "")
        lines.append(Line(pk, sku, product, path, 1, price, list_price, cost, extra))
    return lines


class RulePlaces:
    """Which rule pays each level at each depth, remembered by what the rules can tell apart."""

    def __init__(self, plan: CompiledPlan, document: dict):
        self.plan = plan
        self.levels: list[str | None] = [None, *dict.fromkeys(_levels(document))]
        self._named = {rule[key] for rule in document["rules"] for key in ("sku", "product")
                       if key in rule}  # fmt: skip
        self._found: dict[tuple, list[RulesByLevel]] = {}

    def place_of(self, line: Line) -> tuple[str, str, str]:
        """What the rules see of the line: lines at one place are paid by the same rules."""
        return (
            line.sku if line.sku in self._named else "",
            line.product if line.product in self._named else "",
            line.category,
        )

    def rules_for(self, line: Line) -> list[RulesByLevel]:
        """For each depth, from 1, the rule that pays each level."""
        place = self.place_of(line)
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = [
                {level: self.plan.rule_for(line, depth, level) for level in self.levels}
                for depth in range(1, self.plan.depths + 1)
            ]
        return found


def _levels(document: dict) -> Iterator[str]:
    for rule in document["rules"]:
        if "level" in rule:
            yield rule["level"]
    for each in document.get("level_difference", {}).get("rates", ()):
        yield each["level"]
