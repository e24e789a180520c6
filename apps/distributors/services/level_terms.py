"""What a level means and asks for, as it is filled in; checked before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.distributors.models import Level, LevelCondition
from apps.distributors.models.levels import LONGEST_GRACE, LONGEST_PERIOD

Kind = LevelCondition.Kind
Period = LevelCondition.Period
MOST_CONDITIONS = 12
HUNDRED = Decimal(100)
PERCENTAGES = (
    "default_rate_1",
    "default_rate_2",
    "default_rate_3",
    "own_discount",
    "return_quota",
)
CHOICES = {
    "badge_colour": Level.Colour,
    "goods": Level.Goods,
    "materials": Level.Materials,
    "combine": Level.Combine,
}


class LevelRefused(Refused):
    """The level cannot be saved so; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class LevelTerms:
    """Everything of a level but code, name and rank; percentages are in percent."""

    badge_text: str = ""
    badge_colour: str = Level.Colour.STONE
    default_rate_1: Decimal | None = None
    default_rate_2: Decimal | None = None
    default_rate_3: Decimal | None = None
    own_discount: Decimal = Decimal(0)
    goods: str = Level.Goods.ALL
    may_recruit: bool = True
    max_direct: int | None = None
    materials: str = Level.Materials.STANDARD
    return_quota: Decimal = Decimal(0)
    combine: str = Level.Combine.ALL
    grace_days: int | None = None


TERM_NAMES = tuple(each.name for each in fields(LevelTerms))


@dataclass(frozen=True, kw_only=True)
class ConditionTerms:
    """One condition: at least `amount` (major units) or, for orders, `count`, over a period."""

    kind: str
    period: str
    days: int | None = None
    amount: Decimal | None = None
    count: int | None = None


def check_terms(terms: LevelTerms) -> None:
    """Raises LevelRefused for terms that no level can have."""
    for name in PERCENTAGES:
        value = getattr(terms, name)
        if value is not None and not 0 <= value <= HUNDRED:
            raise LevelRefused(
                _("%(field)s: give a percentage from 0 to 100.") % {"field": _label(name)}
            )
    for name, choices in CHOICES.items():
        if getattr(terms, name) not in choices.values:
            raise LevelRefused(_("%(field)s: choose one of the list.") % {"field": _label(name)})
    if len(terms.badge_text) > Level._meta.get_field("badge_text").max_length:
        raise LevelRefused(_("A badge has at most 8 characters."))
    if terms.max_direct is not None and terms.max_direct < 0:
        raise LevelRefused(_("The number of direct distributors cannot be negative."))
    if terms.grace_days is not None and not 0 <= terms.grace_days <= LONGEST_GRACE:
        raise LevelRefused(
            _("Days of grace: give a number from 0 to %(max)s.") % {"max": LONGEST_GRACE}
        )


def _label(name: str) -> str:
    return str(Level._meta.get_field(name).verbose_name)


def check_conditions(conditions: Sequence[ConditionTerms]) -> None:
    """Raises LevelRefused for a condition that cannot be one, or that stands there twice."""
    if len(conditions) > MOST_CONDITIONS:
        raise LevelRefused(
            _("A level asks for at most %(max)s conditions.") % {"max": MOST_CONDITIONS}
        )
    for each in conditions:
        _check_condition(each)
    asked = [(each.kind, each.period, each.days) for each in conditions]
    if len(set(asked)) < len(asked):
        raise LevelRefused(_("Two conditions ask for the same figure over the same period."))


def _check_condition(condition: ConditionTerms) -> None:
    if condition.kind not in Kind.values:
        raise LevelRefused(
            _(
                "A condition is one of the figures in the list, all of them of real goods. How "
                "many people somebody recruited is none: 《禁止传销条例》 art. 7 forbids it."
            )
        )
    if condition.period not in Period.values:
        raise LevelRefused(_("Choose the period of every condition."))
    if (condition.period == Period.DAYS) != (condition.days is not None):
        raise LevelRefused(_("Give the number of days for “the last days”, and only there."))
    if condition.days is not None and not 1 <= condition.days <= LONGEST_PERIOD:
        raise LevelRefused(_("Days: give a number from 1 to %(max)s.") % {"max": LONGEST_PERIOD})
    is_count = condition.kind == Kind.ORDERS
    wanted, other = condition.amount, condition.count
    if is_count:
        wanted, other = other, wanted
    if wanted is None or wanted <= 0 or other is not None:
        raise LevelRefused(_("Every condition asks for a figure above zero."))
