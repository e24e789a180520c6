"""Explanations in the reader's language: where a figure comes from, and why there is none."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from apps.commissions.engine import Candidate, Facts, LineExplanation, Outcome, Rule
from apps.core.money import BASIS_POINTS, to_major, to_percent
from apps.core.templatetags.money_display import money_text, rate
from apps.distributors.models import Distributor
from apps.orders.models import OrderLine

PATH = re.compile(r"(\w+)|\[(\d+)\]")


class Words:
    """Says things about one order, in its currency and under its plan.

    `for_distributor` leaves out what tells of other people's amounts or the merchant's costs.
    """

    def __init__(
        self,
        *,
        currency: str,
        document: Mapping[str, Any],
        level_names: Mapping[str, str],
        for_distributor: bool,
    ):
        self.currency = currency
        self.document = document
        self.level_names = level_names
        self.for_distributor = for_distributor

    def money(self, minor: int) -> str:
        """Minor units as money."""
        return money_text(to_major(minor), self.currency)

    def level(self, code: str | None) -> str:
        """A level's name; the code where the level is gone."""
        return self.level_names.get(code, code) if code else _("no level")

    def how_base(self, line: OrderLine, told: LineExplanation) -> str:
        """How the base was made, as a calculation."""
        base = self.document["base"]
        if base == "list":
            price = money_text(line.list_price, self.currency)
            return _("list price %(price)s × %(quantity)s = %(base)s") % {
                "price": price,
                "quantity": line.quantity,
                "base": self.money(told.base),
            }
        paid = self._how_paid(line)
        if base == "paid":
            return paid
        if self.for_distributor:
            return _("profit of the line: %(base)s") % {"base": self.money(told.base)}
        cost = _("cost %(cost)s × %(quantity)s") % {
            "cost": money_text(line.unit_cost, self.currency),
            "quantity": line.quantity,
        }
        return _("%(paid)s; profit: %(line_paid)s − %(cost)s = %(base)s, never below 0") % {
            "paid": paid,
            "line_paid": self.money(told.line.paid),
            "cost": cost,
            "base": self.money(told.base),
        }

    def _how_paid(self, line: OrderLine) -> str:
        discount = f" − {money_text(line.discount, self.currency)}" if line.discount else ""
        return _("paid: %(price)s × %(quantity)s%(discount)s = %(paid)s") % {
            "price": money_text(line.unit_price, self.currency),
            "quantity": line.quantity,
            "discount": discount,
            "paid": money_text(line.paid_amount, self.currency),
        }

    def ceiling(self, told: LineExplanation) -> str:
        """The limit of the line, and what it did; empty without a ceiling."""
        ceiling = self.document["ceiling"]
        if told.limit is None or not ceiling or (self.for_distributor and not told.is_scaled):
            return ""
        if self.for_distributor:
            return _(
                "The plan limits what all commissions of a line may come to. This line reached the "
                "limit, so every commission on it was scaled down in proportion."
            )
        whole = told.line.paid if ceiling["of"] == "paid" else told.line.profit
        of = (
            pgettext("ceiling", "of the line paid")
            if ceiling["of"] == "paid"
            else pgettext("ceiling", "of the profit")
        )
        values = {
            "limit": self.money(told.limit),
            "percent": rate(Decimal(ceiling["percent"])),
            "of": of,
            "whole": self.money(whole),
            "full": self.money(told.full_total),
            "total": self.money(told.total),
        }
        if told.is_scaled:
            return (
                _(
                    "Ceiling: %(percent)s %(of)s (%(whole)s) is %(limit)s, rounded down. All rules "
                    "together came to %(full)s, so everybody was scaled down to %(total)s in all."
                )
                % values
            )
        return (
            _(
                "Ceiling: %(percent)s %(of)s (%(whole)s) is %(limit)s; all rules together came to "
                "%(full)s and stay within it."
            )
            % values
        )

    def pays(self, rule: Rule) -> str:
        """What a rule pays: a rate, or an amount a piece."""
        if rule.rate is not None:
            return rate(to_percent(rule.rate))
        return _("%(amount)s a piece") % {"amount": self.money(rule.unit_amount)}

    def rule(self, candidate: Candidate, told: LineExplanation) -> str:
        """The rule in words: what it pays and where it holds."""
        rule = candidate.rule
        if rule is None:
            return ""
        if candidate.kind == "campaign":
            return self._campaign_rule(rule, told)
        raw = self._at(rule.path)
        words = {
            "share": self._share_rule,
            "level_difference": self._level_rule,
            "same_level": self._same_level_rule,
            "newcomer": self._newcomer_rule,
            "referral": self._referral_rule,
            "region": self._region_rule,
            "store": self._store_rule,
        }
        return words[candidate.kind](rule, raw)

    def _at(self, path: str) -> Any:
        found: Any = self.document
        for name, number in PATH.findall(path):
            found = found[name] if name else found[int(number)]
        return found

    def _share_rule(self, rule: Rule, raw: dict) -> str:
        goods = _("any goods")
        if "sku" in raw:
            goods = _("SKU %(code)s") % {"code": raw["sku"]}
        elif "product" in raw:
            goods = _("product %(code)s") % {"code": raw["product"]}
        elif "category" in raw:
            goods = _("category %(path)s") % {"path": raw["category"]}
        level = (
            _("level %(name)s") % {"name": self.level(raw["level"])}
            if "level" in raw
            else _("any level")
        )
        return _("%(pays)s at depth %(depth)s, %(goods)s, %(level)s") % {
            "pays": self.pays(rule),
            "depth": raw["depth"],
            "goods": goods,
            "level": level,
        }

    def _level_rule(self, rule: Rule, raw: dict) -> str:
        level_rate = Decimal(raw["percent"])
        below = level_rate - to_percent(rule.rate)
        values = {
            "level": self.level(raw["level"]),
            "rate": rate(level_rate),
            "below": rate(below),
            "pays": self.pays(rule),
        }
        if self.for_distributor or not below:
            return _("%(pays)s of level difference for level %(level)s") % values
        return _("level %(level)s: %(rate)s less %(below)s already paid below = %(pays)s") % values

    def _same_level_rule(self, rule: Rule, raw: str) -> str:
        return _("%(pays)s for having the same level as the one paid below") % {
            "pays": self.pays(rule)
        }

    def _newcomer_rule(self, rule: Rule, raw: dict) -> str:
        return _("%(pays)s in the first %(days)s days after joining") % {
            "pays": self.pays(rule),
            "days": raw["days"],
        }

    def _campaign_rule(self, rule: Rule, told: LineExplanation) -> str:
        return _("%(pays)s beside the plan, for goods of campaign %(code)s") % {
            "pays": self.pays(rule),
            "code": told.line.extra.campaign,
        }

    def _referral_rule(self, rule: Rule, raw: dict) -> str:
        return _("%(pays)s on the recruit's first %(orders)s own purchases") % {
            "pays": self.pays(rule),
            "orders": raw["orders"],
        }

    def _region_rule(self, rule: Rule, raw: dict) -> str:
        return _("%(pays)s on deliveries to %(region)s") % {
            "pays": self.pays(rule),
            "region": raw["region"],
        }

    def _store_rule(self, rule: Rule, raw: dict) -> str:
        return _("%(pays)s on orders picked up at the store") % {"pays": self.pays(rule)}

    def formula(self, candidate: Candidate, told: LineExplanation) -> str:
        """Base × rate with the exact value where it was rounded; empty without a rule."""
        rule = candidate.rule
        if rule is None:
            return ""
        full = rule.amount(told.base, told.line.quantity)
        if rule.rate is None:
            return f"{self.money(rule.unit_amount)} × {told.line.quantity} = {self.money(full)}"
        product = f"{self.money(told.base)} × {rate(to_percent(rule.rate))}"
        if told.base * rule.rate % BASIS_POINTS == 0:
            return f"{product} = {self.money(full)}"
        exact = f"{Decimal(told.base * rule.rate).scaleb(-6):f}".rstrip("0")
        return _("%(product)s = %(exact)s, rounded half up to %(amount)s") % {
            "product": product,
            "exact": exact,
            "amount": self.money(full),
        }

    def scaled(self, candidate: Candidate) -> str:
        """What the ceiling did to one amount; empty where nothing."""
        if candidate.amount == candidate.full_amount:
            return ""
        return _("scaled down by the ceiling: %(full)s → %(amount)s") % {
            "full": self.money(candidate.full_amount),
            "amount": self.money(candidate.amount),
        }

    def reason(self, candidate: Candidate, told: LineExplanation, status: str, facts: Facts) -> str:
        """What became of the candidate, in one sentence."""
        standing = Distributor.Status(status).label
        say = {
            Outcome.PAID: lambda: (
                _("Earned %(amount)s.") % {"amount": self.money(candidate.amount)}
            ),
            Outcome.CAPPED: lambda: (
                _("The ceiling left nothing of %(amount)s.")
                % {"amount": self.money(candidate.full_amount)}
            ),
            Outcome.ZERO: lambda: self._zero(candidate, told),
            Outcome.NO_RULE: lambda: (
                _("No rule of the plan fits these goods at depth %(depth)s for this level.")
                % {"depth": candidate.depth}
            ),
            Outcome.INACTIVE: lambda: (
                _("Was %(standing)s when the order was paid; the share stays with the merchant.")
                % {"standing": standing}
            ),
            Outcome.PASSED_OVER: lambda: (
                _(
                    "Was %(standing)s when the order was paid; the next active upline took "
                    "the depth."
                )
                % {"standing": standing}
            ),
            Outcome.BEYOND_DEPTHS: self._beyond_depths,
            Outcome.NO_DIFFERENCE: lambda: self._no_difference(candidate),
            Outcome.NO_NEWCOMER: lambda: self._no_newcomer(facts),
            Outcome.LATER_PURCHASE: lambda: self._later_purchase(facts),
            Outcome.WIDER_REGION: lambda: _("The agent of a nearer region is paid instead."),
        }
        return say[candidate.outcome]()

    def _zero(self, candidate: Candidate, told: LineExplanation) -> str:
        rule = candidate.rule
        if rule is None or not (rule.rate or rule.unit_amount):
            return _("The rule that fits pays zero, and ends the search.")
        return _("The amount rounds to zero: %(formula)s.") % {
            "formula": self.formula(candidate, told)
        }

    def _beyond_depths(self) -> str:
        depths = self.document["depths"]
        return ngettext(
            "The plan pays %(depths)s depth; this is above it.",
            "The plan pays %(depths)s depths; this is above them.",
            depths,
        ) % {"depths": depths}

    def _no_difference(self, candidate: Candidate) -> str:
        return _("The level's rate, %(rate)s, is not above the highest rate paid below.") % {
            "rate": self.pays(candidate.rule)
        }

    def _no_newcomer(self, facts: Facts) -> str:
        days = self.document["newcomer"]["days"]
        if facts.seller_days is None:
            return _("It is not known when the seller joined.")
        return _("Had joined %(since)s days before; the boost is for the first %(days)s days.") % {
            "since": facts.seller_days,
            "days": days,
        }

    def _later_purchase(self, facts: Facts) -> str:
        return _(
            "This is the buyer's own purchase number %(number)s; the award is for the first "
            "%(orders)s."
        ) % {"number": facts.purchase, "orders": self.document["referral"]["orders"]}

    def refund(self, amount: int, refunded: int, paid: int, due: int) -> str:
        """The cumulative share so far, as a calculation."""
        values = {
            "amount": self.money(amount),
            "refunded": self.money(refunded),
            "paid": self.money(paid),
            "due": self.money(due),
        }
        formula = _("%(amount)s × %(refunded)s refunded so far ÷ %(paid)s = %(due)s") % values
        is_exact = paid and amount * refunded % paid == 0
        return formula if is_exact or not paid else formula + pgettext("amount", ", rounded")
