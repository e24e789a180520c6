"""The commission engine: (lines, chain, plan) → entitlements, without a database.

Everything is an integer: money in minor units, rates in basis points. The rules are design §5
“Exactly”, points 1 to 6; the numbers in comments refer to them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.core.money import (
    BASIS_POINTS,
    percent_of,
    scale_to_limit,
    to_basis_points,
    to_minor,
)

CATEGORY_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Line:
    """One order line as it was when ordered. `paid`, `list`, `cost` are totals of the line."""

    id: int
    sku: str
    product: str
    category: str
    quantity: int
    paid: int
    list: int
    cost: int

    @property
    def profit(self) -> int:
        return max(0, self.paid - self.cost)


@dataclass(frozen=True, slots=True)
class Upline:
    """A person of the chain as they stood when the order was paid."""

    id: int
    level: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """What one depth earns: a rate in basis points of the base, or a fixed amount per unit."""

    rate: int | None
    unit_amount: int | None

    def amount(self, base: int, quantity: int) -> int:
        if self.rate is not None:
            return percent_of(base, self.rate)  # 4
        return self.unit_amount * quantity


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one person earns on one line. `amount` is after the ceiling, `full_amount` before it."""

    line_id: int
    beneficiary_id: int
    depth: int
    base: int
    rule: Rule
    full_amount: int
    amount: int


class CompiledPlan:
    """A plan document made ready for computing."""

    def __init__(self, document: dict):
        self.depths: int = document["depths"]
        self.base: str = document["base"]
        self.compression: bool = document["compression"]
        ceiling = document["ceiling"]
        self.ceiling_of: str | None = ceiling["of"] if ceiling else None
        self.ceiling_rate: int = to_basis_points(ceiling["percent"]) if ceiling else 0
        self._rules: dict[tuple, Rule] = {}
        for raw in document["rules"]:
            scope = next((key for key in ("sku", "product", "category") if key in raw), "default")
            place = (scope, raw.get(scope, ""), raw["depth"], raw.get("level"))
            self._rules[place] = Rule(
                rate=to_basis_points(raw["percent"]) if "percent" in raw else None,
                unit_amount=to_minor(raw["amount"]) if "amount" in raw else None,
            )

    def rule_for(self, line: Line, depth: int, level: str | None) -> Rule | None:
        """The most specific rule: SKU, product, nearest category, default; a level over any (3)."""
        for scope, value in _scopes(line):
            if level is not None and (rule := self._rules.get((scope, value, depth, level))):
                return rule
            if rule := self._rules.get((scope, value, depth, None)):
                return rule
        return None

    def limit(self, line: Line) -> int | None:
        """The most that all of a line's beneficiaries may earn together, rounded down (6)."""
        if self.ceiling_of is None:
            return None
        whole = line.paid if self.ceiling_of == "paid" else line.profit
        return whole * self.ceiling_rate // BASIS_POINTS


def _scopes(line: Line) -> Iterable[tuple[str, str]]:
    yield "sku", line.sku
    yield "product", line.product
    names = line.category.split(CATEGORY_SEPARATOR) if line.category else []
    for count in range(len(names), 0, -1):
        yield "category", CATEGORY_SEPARATOR.join(names[:count])
    yield "default", ""


def earners(chain: Sequence[Upline], plan: CompiledPlan) -> list[tuple[int, Upline]]:
    """Who takes which depth. The inactive earn nothing: with compression the next active person
    takes the depth, without it the share stays with the merchant (5)."""
    people = [each for each in chain if each.is_active] if plan.compression else chain
    return [
        (depth, person)
        for depth, person in enumerate(people[: plan.depths], start=1)
        if person.is_active
    ]


def compute(
    lines: Sequence[Line], chain: Sequence[Upline], plan: CompiledPlan
) -> list[Entitlement]:
    """What everybody earns on these lines, in line and depth order. A zero amount makes no row."""
    people = earners(chain, plan)
    return [each for line in lines for each in _compute_line(line, people, plan)]


def _compute_line(
    line: Line, people: Sequence[tuple[int, Upline]], plan: CompiledPlan
) -> list[Entitlement]:
    base = getattr(line, plan.base)
    shares = []
    for depth, person in people:
        rule = plan.rule_for(line, depth, person.level)
        if rule is not None and (amount := rule.amount(base, line.quantity)):
            shares.append((depth, person, rule, amount))
    full_amounts = [amount for _depth, _person, _rule, amount in shares]
    limit = plan.limit(line)
    amounts = full_amounts if limit is None else scale_to_limit(full_amounts, limit)
    return [
        Entitlement(
            line_id=line.id,
            beneficiary_id=person.id,
            depth=depth,
            base=base,
            rule=rule,
            full_amount=full_amount,
            amount=amount,
        )
        for (depth, person, rule, full_amount), amount in zip(shares, amounts, strict=True)
        if amount
    ]
