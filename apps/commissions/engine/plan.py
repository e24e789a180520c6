"""A plan document made ready for computing: which rule pays whom."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from apps.commissions.engine.inputs import Agent, Extra, Facts, Line, Upline
from apps.core.money import BASIS_POINTS, percent_of, to_basis_points, to_minor

CATEGORY_SEPARATOR = "/"
# Within a depth, in this order: it settles who gets a left-over fen of the ceiling (6).
KINDS = (
    "share",
    "level_difference",
    "same_level",
    "newcomer",
    "campaign",
    "referral",
    "region",
    "store",
)
KIND_ORDER = {kind: place for place, kind in enumerate(KINDS)}
# A plan that meets more different goods than this starts remembering anew.
REMEMBERED = 100_000


class Rule(NamedTuple):
    """What is earned: a rate in basis points of the base, or a fixed amount per unit.

    `path` is the rule's place in the plan document, e.g. `rules[3]`; for what a campaign adds,
    which no plan says, `campaigns[…]` with the campaign's code.
    """

    rate: int | None
    unit_amount: int | None
    path: str

    def amount(self, base: int, quantity: int) -> int:
        """Minor units: half-up for a rate, exact for a fixed amount (4)."""
        if self.rate is not None:
            return percent_of(base, self.rate)
        return self.unit_amount * quantity


class Claim(NamedTuple):
    """Somebody's claim on a line under a rule."""

    kind: str
    depth: int
    person: int
    rule: Rule


Place = tuple[int, Upline]


def read_rule(raw: dict[str, Any], path: str) -> Rule:
    """The rule in a part of a plan document that has a percent or an amount."""
    return Rule(
        rate=to_basis_points(raw["percent"]) if "percent" in raw else None,
        unit_amount=to_minor(raw["amount"]) if "amount" in raw else None,
        path=path,
    )


class CompiledPlan:
    """A plan document made ready for computing."""

    def __init__(self, document: dict):
        self.depths: int = document["depths"]
        self.base: str = document["base"]
        self.compression: bool = document["compression"]
        ceiling = document["ceiling"]
        self.ceiling_of: str | None = ceiling["of"] if ceiling else None
        self.ceiling_rate: int = to_basis_points(ceiling["percent"]) if ceiling else 0
        self._rules = _share_rules(document["rules"])
        self._read_level_difference(document.get("level_difference"))
        newcomer, referral = document.get("newcomer"), document.get("referral")
        self.newcomer = read_rule(newcomer, "newcomer") if newcomer else None
        self.newcomer_days: int = newcomer["days"] if newcomer else 0
        self.referral = read_rule(referral, "referral") if referral else None
        self.referral_orders: int = referral["orders"] if referral else 0
        regions = document.get("regions") or {"pays": "nearest", "agents": []}
        self.pays_all_regions: bool = regions["pays"] == "all"
        self.agents: list[dict] = regions["agents"]
        store = document.get("store")
        self.store = read_rule(store, "store") if store else None
        # Goods → (depth, level) → rule: a batch asks the same again and again.
        self._remembered: dict[tuple, dict[tuple, Rule | None]] = {}

    @property
    def needs_facts(self) -> bool:
        """Whether any rule asks for more than lines and chain."""
        return bool(self.newcomer or self.referral or self.agents or self.store)

    def _read_level_difference(self, document: dict | None) -> None:
        rates = document["rates"] if document else []
        self.level_rates: dict[str, Rule] = {
            raw["level"]: read_rule(raw, f"level_difference.rates[{index}]")
            for index, raw in enumerate(rates)
        }
        same = document.get("same_level") if document else None
        self.same_level = (
            Rule(to_basis_points(same), None, "level_difference.same_level") if same else None
        )

    def base_of(self, line: Line) -> int:
        """The line's base in minor units (1)."""
        return getattr(line, self.base)

    def limit(self, line: Line) -> int | None:
        """The most that all of a line's beneficiaries may earn together, rounded down (6)."""
        if self.ceiling_of is None:
            return None
        whole = line.paid if self.ceiling_of == "paid" else line.profit
        return whole * self.ceiling_rate // BASIS_POINTS

    def rule_for(self, line: Line, depth: int, level: str | None) -> Rule | None:
        """The most specific rule: SKU, product, nearest category, default; a level over any (3)."""
        for scope, value in _scopes(line):
            if level is not None and (rule := self._rules.get((scope, value, depth, level))):
                return rule
            if rule := self._rules.get((scope, value, depth, None)):
                return rule
        return None

    def claims(self, line: Line, people: Sequence[Place], facts: Facts) -> Sequence[Claim]:
        """Everybody's claims on a line, by depth and then kind."""
        claims = self._shares(line, people)
        if self.level_rates or self.needs_facts or line.extra:
            claims += [
                *self._level_differences(line, claims, people),
                *self._others(line, people, facts),
            ]
            claims.sort(key=lambda claim: (claim.depth, KIND_ORDER[claim.kind]))
        return claims

    def _shares(self, line: Line, people: Sequence[Place]) -> list[Claim]:
        goods = (line.sku, line.product, line.category)
        rules = self._remembered.get(goods)
        if rules is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            rules = self._remembered[goods] = {}
        claims = []
        for depth, person in people:
            place = (depth, person.level)
            if place not in rules:
                rules[place] = self.rule_for(line, depth, person.level)
            if rule := rules[place]:
                claims.append(Claim("share", depth, person.id, rule))
        return claims

    def _level_differences(
        self, line: Line, shares: Sequence[Claim], people: Sequence[Place]
    ) -> Iterable[Claim]:
        """Each upline's level rate less the highest rate already paid below (级差).

        The seller takes part with the rate of their share. Whose rate is not higher because the one
        below has the same level gets the same-level award (平级奖), once per level.
        """
        paid = {claim.depth: self.rate_paid(claim.rule, line) for claim in shares}
        highest, level_of_highest, awarded = 0, None, set()
        for depth, person in people if self.level_rates else ():
            if depth > 1 and (rule := self.level_rates.get(person.level or "")):
                if rule.rate > highest:
                    difference = Rule(rule.rate - highest, None, rule.path)
                    yield Claim("level_difference", depth, person.id, difference)
                    highest, level_of_highest = rule.rate, person.level
                elif (
                    self.same_level
                    and person.level == level_of_highest
                    and person.level not in awarded
                ):
                    awarded.add(person.level)
                    yield Claim("same_level", depth, person.id, self.same_level)
            if paid.get(depth, 0) > highest:
                highest, level_of_highest = paid[depth], person.level

    def rate_paid(self, rule: Rule, line: Line) -> int:
        """A rule's rate; for a fixed amount its share of the base, rounded up, in basis points."""
        if rule.rate is not None:
            return rule.rate
        base = self.base_of(line)
        amount = rule.unit_amount * line.quantity
        return -(-amount * BASIS_POINTS // base) if base else 0

    def _others(self, line: Line, people: Sequence[Place], facts: Facts) -> Iterable[Claim]:
        seller = seller_of(people)
        if seller and self.newcomer and is_newcomer(self, facts):
            yield Claim("newcomer", 1, seller.id, self.newcomer)
        if seller and line.extra:
            yield Claim("campaign", 1, seller.id, campaign_rule(line.extra))
        if self.referral and is_early_purchase(self, facts) and facts.recruiter.is_active:
            yield Claim("referral", 1, facts.recruiter.id, self.referral)
        for agent in paid_agents(self, facts):
            rule = read_rule(self.agents[agent.number], f"regions.agents[{agent.number}]")
            yield Claim("region", tier_of(agent.region), agent.person.id, rule)
        if self.store and facts.store and facts.store.is_active:
            yield Claim("store", 1, facts.store.id, self.store)


def seller_of(people: Sequence[Place]) -> Upline | None:
    """Who takes depth 1, if anybody does."""
    return next((person for depth, person in people if depth == 1), None)


def campaign_rule(extra: Extra) -> Rule:
    """What a campaign adds, as a rule."""
    return Rule(extra.rate, None, f"campaigns[{extra.campaign}]")


def is_newcomer(plan: CompiledPlan, facts: Facts) -> bool:
    """Whether the seller joined within the plan's first days; the day of joining is the first."""
    return facts.seller_days is not None and 0 <= facts.seller_days < plan.newcomer_days


def is_early_purchase(plan: CompiledPlan, facts: Facts) -> bool:
    """Whether the buyer was recruited and this is among their first own orders."""
    return facts.recruiter is not None and facts.purchase <= plan.referral_orders


def paid_agents(plan: CompiledPlan, facts: Facts) -> Sequence[Agent]:
    """The agents who are paid: all active ones of the region, or the active one nearest to it."""
    active = [agent for agent in facts.agents if agent.person.is_active]
    return active if plan.pays_all_regions else active[-1:]


def tier_of(region: str) -> int:
    """1 for a province, 2 for a city, 3 for a district."""
    return region.count(CATEGORY_SEPARATOR) + 1


def earners(chain: Sequence[Upline], plan: CompiledPlan) -> list[Place]:
    """Who takes which depth. The inactive earn nothing: with compression the next active person
    takes the depth, without it the share stays with the merchant (5)."""
    people = [each for each in chain if each.is_active] if plan.compression else chain
    return [
        (depth, person)
        for depth, person in enumerate(people[: plan.depths], start=1)
        if person.is_active
    ]


def _share_rules(raw_rules: list[dict]) -> dict[tuple, Rule]:
    rules = {}
    for index, raw in enumerate(raw_rules):
        scope = next((key for key in ("sku", "product", "category") if key in raw), "default")
        place = (scope, raw.get(scope, ""), raw["depth"], raw.get("level"))
        rules[place] = read_rule(raw, f"rules[{index}]")
    return rules


def _scopes(line: Line) -> Iterable[tuple[str, str]]:
    yield "sku", line.sku
    yield "product", line.product
    names = line.category.split(CATEGORY_SEPARATOR) if line.category else []
    for count in range(len(names), 0, -1):
        yield "category", CATEGORY_SEPARATOR.join(names[:count])
    yield "default", ""
