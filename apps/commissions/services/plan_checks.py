"""What looks wrong with a valid plan: told before it is activated, never a reason to refuse it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.commissions.engine import CompiledPlan, Line
from apps.commissions.plan_document import PlanProblem
from apps.commissions.services.plan_coverage import SCOPES, idle_rules
from apps.commissions.services.plan_margin import Loss, find_losses
from apps.commissions.services.plan_places import RulePlaces, campaign_lines, current_lines
from apps.core.money import to_basis_points, to_major, to_minor
from apps.distributors.models import Distributor, Level

WORST_SHOWN = 10


@dataclass(frozen=True)
class PlanWarning(PlanProblem):
    """Something suspicious at `path`. `loses_money`: the plan can pay more than a SKU leaves."""

    loses_money: bool = False


def find_warnings(*, merchant, document: dict) -> list[PlanWarning]:
    """Everything suspicious about a checked plan document, by path.

    Rules that pay nobody, levels that earn less than lower ones, and, last, the SKUs on which all
    kinds together can pay more than price less cost at today's prices, and at those of campaigns
    with what these add. Changes nothing; a fixed
    number of queries however long the shelf is. Call inside the merchant's scope.
    """
    plan = CompiledPlan(document)
    places = RulePlaces(plan, document)
    lines = current_lines(merchant=merchant)
    ranks = dict(Level.objects.filter(merchant=merchant).values_list("code", "rank"))
    found = [
        *idle_rules(document, places, lines),
        *_lower_levels_first(document, ranks),
        *_idle_level_rates(document, plan, places, lines, ranks),
        *_idle_agents(merchant, document),
        *_short_pools(document),
        *_ceilings_that_always_cut(plan, places, lines),
    ]
    return [
        *(PlanWarning(each.path, each.reason) for each in found),
        *_losses(plan, places, lines),
        *_campaign_losses(plan, places, campaign_lines(merchant=merchant, at=timezone.now())),
    ]


def _lower_levels_first(document: dict, ranks: dict[str, int]) -> Iterator[PlanProblem]:
    """A level that earns less than a lower one at the same place."""
    places = defaultdict(list)
    for index, rule in enumerate(document["rules"]):
        if "level" in rule:
            place = (rule["depth"], *(rule.get(scope) for scope in SCOPES), "percent" in rule)
            places[place].append((ranks.get(rule["level"], 0), index, rule))
    for group in places.values():
        yield from _not_rising(sorted(group, key=lambda each: each[0]))


def _not_rising(group: Sequence[tuple[int, int, dict]]) -> Iterator[PlanProblem]:
    best = None
    for _rank, index, rule in group:
        pays = to_minor(rule.get("percent") or rule["amount"])
        if best is not None and pays < best[0]:
            yield PlanProblem(
                f"rules[{index}]",
                _("pays %(level)s less than the lower level %(lower)s (rules[%(other)s]).")
                % {"level": rule["level"], "lower": best[2], "other": best[1]},
            )
        if best is None or pays > best[0]:
            best = (pays, index, rule["level"])


def _idle_level_rates(
    document: dict,
    plan: CompiledPlan,
    places: RulePlaces,
    lines: Sequence[Line],
    ranks: dict[str, int],
) -> Iterator[PlanProblem]:
    rates = document.get("level_difference", {}).get("rates", ())
    if rates and plan.depths == 1:
        yield PlanProblem(
            "level_difference",
            _("never pays: it is for the seller's uplines, and the plan has one depth."),
        )
        return
    below = _least_share(plan, places, lines)
    numbered = sorted(enumerate(rates), key=lambda each: ranks.get(each[1]["level"], 0))
    best = None
    for index, each in numbered:
        rate = to_basis_points(each["percent"])
        path = f"level_difference.rates[{index}]"
        if rate == 0 or (below is not None and rate <= below):
            yield PlanProblem(
                path, _("never pays: the seller's own share is never below this rate.")
            )
        elif best is not None and rate <= best[0]:
            yield PlanProblem(
                path,
                _("is not above the rate of the lower level %(lower)s: above them it pays nothing.")
                % {"lower": best[1]},
            )
        if best is None or rate > best[0]:
            best = (rate, each["level"])


def _least_share(plan: CompiledPlan, places: RulePlaces, lines: Sequence[Line]) -> int | None:
    """The lowest rate a seller's share has anywhere, in basis points; None where it is unknown."""
    rules = [rule for line in lines for rule in places.rules_for(line)[0].values()]
    if not rules or any(rule is None or rule.rate is None for rule in rules):
        return None
    return min(rule.rate for rule in rules)


def _idle_agents(merchant, document: dict) -> Iterator[PlanProblem]:
    agents = document.get("regions", {}).get("agents", ())
    if not agents:
        return
    inactive = set(
        Distributor.objects.filter(merchant=merchant)
        .exclude(status=Distributor.Status.ACTIVE)
        .values_list("code", flat=True)
    )
    for index, agent in enumerate(agents):
        if agent["distributor"] in inactive:
            yield PlanProblem(
                f"regions.agents[{index}].distributor",
                _("“%(code)s” is not active and earns nothing.") % {"code": agent["distributor"]},
            )


def _short_pools(document: dict) -> Iterator[PlanProblem]:
    for number, bonus in enumerate(document.get("stage_bonuses", ())):
        for index, step in enumerate(bonus["steps"]):
            if "pool" in bonus and to_minor(step.get("amount", 0)) > to_minor(bonus["pool"]):
                yield PlanProblem(
                    f"stage_bonuses[{number}].pool",
                    _("%(pool)s is less than the %(amount)s of step %(step)s alone.")
                    % {"pool": bonus["pool"], "amount": step["amount"], "step": index + 1},
                )


def _ceilings_that_always_cut(
    plan: CompiledPlan, places: RulePlaces, lines: Sequence[Line]
) -> Iterator[PlanProblem]:
    if plan.ceiling_of is None:
        return
    sold = [line for line in lines if line.paid]
    if plan.ceiling_rate == 0:
        yield PlanProblem("ceiling.percent", _("is zero: nobody earns anything."))
    elif sold and all(_cuts_every_seller(plan, places, line) for line in sold):
        yield PlanProblem(
            "ceiling.percent",
            _("cuts every sale: the seller's share alone is above it everywhere."),
        )


def _cuts_every_seller(plan: CompiledPlan, places: RulePlaces, line: Line) -> bool:
    base, limit = plan.base_of(line), plan.limit(line)
    rules = places.rules_for(line)[0].values()
    return all(rule is not None and rule.amount(base, 1) > limit for rule in rules)


def _losses(plan: CompiledPlan, places: RulePlaces, lines: Sequence[Line]) -> Iterator[PlanWarning]:
    losses = find_losses(plan, places, lines)
    if not losses:
        return
    yield PlanWarning(
        "",
        _("Can lose money on %(count)s of %(all)s SKUs at their current price and cost.")
        % {"count": len(losses), "all": len(lines)},
        loses_money=True,
    )
    for loss in losses[:WORST_SHOWN]:
        reason = _("%(sku)s: earns up to %(earned)s of a margin of %(margin)s.") % _figures(loss)
        yield PlanWarning("", reason, loses_money=True)


def _campaign_losses(
    plan: CompiledPlan, places: RulePlaces, lines: Sequence[Line]
) -> Iterator[PlanWarning]:
    for loss in find_losses(plan, places, lines)[:WORST_SHOWN]:
        reason = _(
            "%(sku)s in campaign %(campaign)s: earns up to %(earned)s of a margin of %(margin)s."
        )
        yield PlanWarning("", reason % _figures(loss), loses_money=True)


def _figures(loss: Loss) -> dict[str, Any]:
    return {
        "sku": loss.sku,
        "campaign": loss.campaign,
        "earned": to_major(loss.earned),
        "margin": to_major(loss.margin),
    }
