"""A level's conditions and figures, as they were written down, in words and numbers for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.distributors.models import LevelCondition

Kind = LevelCondition.Kind
Period = LevelCondition.Period


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition. Money in major units, else whole orders; `first` None: since the beginning."""

    label: str
    period: str
    first: date | None
    last: date
    needed: Decimal
    reached: Decimal
    is_money: bool
    is_met: bool

    @property
    def missing(self) -> Decimal:
        """What is still lacking; zero when it is met."""
        return max(self.needed - self.reached, self.needed * 0)

    @property
    def percent(self) -> int:
        """How far it has come, 0 to 100, for a bar; 100 only when it is met."""
        return min(max(int(self.reached * 100 / self.needed), 0), 100)


def condition_rows(explanation: Mapping[str, Any]) -> list[ConditionRow]:
    """The conditions of an explanation (`level_reviewing.explain`) in their order."""
    return [
        ConditionRow(
            label=str(Kind(each["kind"]).label),
            period=period_words(each["period"], each["days"]),
            first=date.fromisoformat(each["from"]) if each["from"] else None,
            last=date.fromisoformat(each["to"]),
            needed=Decimal(each["needed"]),
            reached=Decimal(each["reached"]),
            is_money=each["kind"] != Kind.ORDERS,
            is_met=each["met"],
        )
        for each in explanation.get("conditions", ())
    ]


def period_words(period: str, days: int | None) -> str:
    """“in the last 30 days”, “in a calendar month”, …"""
    if period == Period.DAYS:
        return ngettext("in the last %(days)s day", "in the last %(days)s days", days) % {
            "days": days
        }
    return {
        Period.MONTH: _("in a calendar month"),
        Period.QUARTER: _("in a calendar quarter"),
        Period.LIFETIME: _("since the beginning"),
    }[period]
