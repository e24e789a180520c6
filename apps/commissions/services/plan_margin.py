"""How much a plan can pay at most on one unit of each SKU, against what the unit leaves."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.commissions.engine import CompiledPlan, Line, Rule
from apps.commissions.engine.plan import CATEGORY_SEPARATOR, read_rule
from apps.commissions.services.plan_places import RulePlaces, RulesByLevel
from apps.core.money import percent_of


class Loss(NamedTuple):
    """A SKU on which the plan can pay more than price less cost, in minor units; in a campaign at
    its price and with its extra."""

    sku: str
    earned: int
    margin: int
    campaign: str = ""


class State(NamedTuple):
    """Where a level difference stands on its way up: what the engine remembers of those below."""

    highest: int = 0
    level: str | None = None
    awarded: frozenset[str] = frozenset()


def find_losses(plan: CompiledPlan, places: RulePlaces, lines: Sequence[Line]) -> list[Loss]:
    """The SKUs on which all kinds together can pay more than the margin, the worst first."""
    worst = WorstCase(plan, places)
    losses = [
        Loss(line.sku, earned, margin, line.extra.campaign if line.extra else "")
        for line in lines
        # Sold below cost and earning nobody anything, a SKU loses money without the plan.
        if (earned := worst.earned(line, margin := line.paid - line.cost)) > margin and earned
    ]
    return sorted(losses, key=lambda loss: (loss.margin - loss.earned, loss.sku))


class WorstCase:
    """The best-paid chain, newcomer, recruiter, regional agents and store, all on one line."""

    def __init__(self, plan: CompiledPlan, places: RulePlaces):
        self.plan = plan
        self.places = places
        self._regions = _agents_together(plan)
        self._singles = [each for each in (plan.newcomer, plan.referral, plan.store) if each]
        self._top_rate = max((each.rate for each in plan.level_rates.values()), default=0)
        self._best: dict[tuple, list[list[Rule]]] = {}

    def earned(self, line: Line, enough: int) -> int:
        """The most all beneficiaries can earn together, after the ceiling; minor units.

        Exact where it is above `enough`; below, it may be a higher bound that is not above it.
        """
        base = self.plan.base_of(line)
        others = sum(each.amount(base, 1) for each in self._singles)
        others += max((_total(rules, base) for rules in self._regions), default=0)
        others += percent_of(base, line.extra.rate) if line.extra else 0
        shares = sum(_most(rules, base) for rules in self._best_shares(line))
        total = shares + others
        if self._top_rate:
            total += self._difference_bound(base)
            if total > enough:
                total = self._with_differences(line, base) + others
        limit = self.plan.limit(line)
        return total if limit is None else min(total, limit)

    def _best_shares(self, line: Line) -> list[list[Rule]]:
        """For each depth the highest rate and the highest amount: one of them pays most."""
        place = self.places.place_of(line)
        if place not in self._best:
            self._best[place] = [_highest(rules) for rules in self.places.rules_for(line)]
        return self._best[place]

    def _difference_bound(self, base: int) -> int:
        """Differences add up to at most the top rate; each may be rounded up by half a unit."""
        above = self.plan.depths - 1
        same = self.plan.same_level.amount(base, 1) if self.plan.same_level else 0
        return (percent_of(base, self._top_rate) + above + same * above) if above else 0

    def _with_differences(self, line: Line, base: int) -> int:
        """The best-paid chain with shares and level differences: every chain, state by state."""
        totals = {State(): 0}
        for depth, rules in enumerate(self.places.rules_for(line), start=1):
            after = dict(totals)
            for state, total in totals.items():
                for level, rule in rules.items():
                    following, gain = self._step(state, depth, level, rule, line, base)
                    after[following] = max(after.get(following, 0), total + gain)
            totals = after
        return max(totals.values())

    def _step(
        self, state: State, depth: int, level: str | None, share: Rule | None, line: Line, base: int
    ) -> tuple[State, int]:
        """Somebody of `level` at `depth`: what they earn, and where the difference stands then."""
        gain = share.amount(base, 1) if share else 0
        paid = self.plan.rate_paid(share, line) if share else 0
        rate = self.plan.level_rates.get(level or "") if depth > 1 else None
        same = self.plan.same_level
        if rate and rate.rate > state.highest:
            gain += percent_of(base, rate.rate - state.highest)
            state = state._replace(highest=rate.rate, level=level)
        elif rate and same and level == state.level and level not in state.awarded:
            gain += same.amount(base, 1)
            state = state._replace(awarded=state.awarded | {level})
        if paid > state.highest:
            state = state._replace(highest=paid, level=level)
        return state, gain


def _highest(rules: RulesByLevel) -> list[Rule]:
    found = [rule for rule in rules.values() if rule]
    rates = [rule for rule in found if rule.rate is not None]
    amounts = [rule for rule in found if rule.rate is None]
    return [
        *([max(rates, key=lambda rule: rule.rate)] if rates else []),
        *([max(amounts, key=lambda rule: rule.unit_amount)] if amounts else []),
    ]


def _most(rules: Iterable[Rule], base: int) -> int:
    return max((rule.amount(base, 1) for rule in rules), default=0)


def _total(rules: Iterable[Rule], base: int) -> int:
    return sum(rule.amount(base, 1) for rule in rules)


def _agents_together(plan: CompiledPlan) -> list[tuple[Rule, ...]]:
    """Which agents one order can pay: one, or all from its district up to its province."""
    rules = {agent["region"]: read_rule(agent, "")._replace(path="") for agent in plan.agents}
    if not plan.pays_all_regions:
        return list({(rule,) for rule in rules.values()})
    together = set()
    for region in rules:
        names = region.split(CATEGORY_SEPARATOR)
        areas = (CATEGORY_SEPARATOR.join(names[:tier]) for tier in range(1, len(names) + 1))
        together.add(tuple(rules[area] for area in areas if area in rules))
    return list(together)
