"""Grades of distributor, what each of them means, and how it is reached."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField, RateField
from apps.core.models import MerchantScopedModel

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]
LONGEST_PERIOD = 3660
LONGEST_GRACE = 366


def _percent(name: str, *, empty: bool = False) -> models.CheckConstraint:
    """The column holds a percentage from 0 to 100."""
    condition = Q(**{f"{name}__gte": 0, f"{name}__lte": 100})
    if empty:
        condition |= Q(**{f"{name}__isnull": True})
    return models.CheckConstraint(condition=condition, name=f"distributors_level_{name}")


class Level(MerchantScopedModel):
    """A grade of distributor (分销等级): decides rates and rights, never who is paid."""

    class Goods(models.TextChoices):
        ALL = "all", _("all goods")
        CHOSEN = "chosen", _("chosen goods only")

    class Materials(models.TextChoices):
        NONE = "none", pgettext_lazy("materials", "none")
        STANDARD = "standard", pgettext_lazy("materials", "standard")
        ALL = "all", pgettext_lazy("materials", "all")

    class Colour(models.TextChoices):
        STONE = "stone", _("stone")
        GREEN = "green", _("green")
        BLUE = "blue", _("blue")
        PURPLE = "purple", _("purple")
        GOLD = "gold", _("gold")
        RED = "red", _("red")

    class Combine(models.TextChoices):
        ALL = "all", _("all of them")
        ANY = "any", _("any one of them")

    code = models.SlugField(_("level code"), max_length=40)
    name = models.CharField(_("name"), max_length=40)
    rank = models.PositiveIntegerField(_("rank"), help_text=_("A higher rank is a higher level."))
    badge_text = models.CharField(_("badge"), max_length=8, blank=True)
    badge_colour = models.CharField(
        _("badge colour"), max_length=10, choices=Colour, default=Colour.STONE
    )
    # Where a new plan's rules for this level start; a plan alone decides what is paid.
    default_rate_1 = RateField(_("default rate, depth 1"), null=True, blank=True)
    default_rate_2 = RateField(_("default rate, depth 2"), null=True, blank=True)
    default_rate_3 = RateField(_("default rate, depth 3"), null=True, blank=True)
    own_discount = RateField(_("discount on own purchases"), default=0, validators=PERCENT)
    goods = models.CharField(_("may sell"), max_length=10, choices=Goods, default=Goods.ALL)
    may_recruit = models.BooleanField(_("may recruit"), default=True)
    max_direct = models.PositiveIntegerField(_("most direct distributors"), null=True, blank=True)
    materials = models.CharField(
        _("promotion materials"), max_length=10, choices=Materials, default=Materials.STANDARD
    )
    return_quota = RateField(_("return quota"), default=0, validators=PERCENT)
    combine = models.CharField(_("asks for"), max_length=5, choices=Combine, default=Combine.ALL)
    # Empty: once reached, the level is kept whatever the figures become.
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), null=True, blank=True)

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="distributors_level_code"),
            models.UniqueConstraint(fields=["merchant", "rank"], name="distributors_level_rank"),
            _percent("own_discount"),
            _percent("return_quota"),
            _percent("default_rate_1", empty=True),
            _percent("default_rate_2", empty=True),
            _percent("default_rate_3", empty=True),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def badge(self) -> str:
        """The short text of its badge: its own, or its name."""
        return self.badge_text or self.name

    @property
    def default_rates(self) -> dict[int, Decimal]:
        """Depth → the percentage a new plan starts with; depths without one are left out."""
        rates = {1: self.default_rate_1, 2: self.default_rate_2, 3: self.default_rate_3}
        return {depth: rate for depth, rate in rates.items() if rate is not None}


class LevelCondition(MerchantScopedModel):
    """One thing a level asks for (升级条件): a figure over a period.

    Every kind is a figure of real goods. How many people somebody recruited is none of them, and
    the database takes no other kind: see 《禁止传销条例》 art. 7.
    """

    class Kind(models.TextChoices):
        OWN_SALES = "own_sales", _("net own sales")
        TEAM_SALES = "team_sales", _("net sales of the team")
        ORDERS = "orders", _("number of orders")
        RELEASED = "released", _("released commission")
        PURCHASES = "purchases", _("own purchases of chosen goods")

    class Period(models.TextChoices):
        DAYS = "days", _("the last days")
        MONTH = "month", _("calendar month")
        QUARTER = "quarter", _("calendar quarter")
        LIFETIME = "lifetime", _("since the beginning")

    level = models.ForeignKey(
        Level, models.CASCADE, verbose_name=_("level"), related_name="conditions"
    )
    kind = models.CharField(_("figure"), max_length=12, choices=Kind)
    period = models.CharField(_("period"), max_length=10, choices=Period)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    amount = MoneyField(_("at least"), null=True, blank=True)
    count = models.PositiveIntegerField(_("at least"), null=True, blank=True)

    class Meta:
        verbose_name = _("upgrade condition")
        verbose_name_plural = _("upgrade conditions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="orders", count__gte=1, amount__isnull=True)
                | Q(
                    kind__in=["own_sales", "team_sales", "released", "purchases"],
                    amount__gt=0,
                    count__isnull=True,
                ),
                name="distributors_condition_figure",
            ),
            models.CheckConstraint(
                condition=Q(period="days", days__gte=1)
                | Q(period__in=["month", "quarter", "lifetime"], days__isnull=True),
                name="distributors_condition_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ≥ {self.amount or self.count}"
