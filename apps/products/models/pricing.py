"""Prices besides a SKU's own: of a level, and of a campaign while it lasts."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.core.fields import MoneyField, RateField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Level
from apps.products.models.catalogue import Sku

ANNOUNCED_AHEAD = timedelta(days=30)


class LevelPrice(MerchantScopedModel):
    """What people of a level pay for a SKU. Not below the SKU's floor, which services see to."""

    sku = models.ForeignKey(Sku, models.CASCADE, verbose_name=_("SKU"), related_name="level_prices")
    level = models.ForeignKey(
        Level, models.CASCADE, verbose_name=_("level"), related_name="level_prices"
    )
    price = MoneyField(_("price"))

    history = HistoricalRecords(related_name="versions")

    class Meta:
        verbose_name = _("price of a level")
        verbose_name_plural = _("prices per level")
        constraints = [
            models.UniqueConstraint(fields=["sku", "level"], name="products_level_price_once"),
            models.CheckConstraint(
                condition=Q(price__gte=0), name="products_level_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.level}: {self.price}"


class Campaign(MerchantScopedModel):
    """Goods at prices of their own for a time, announced to distributors beforehand."""

    code = models.CharField(_("campaign code"), max_length=64)
    name = models.CharField(_("name"), max_length=120)
    announced_at = models.DateTimeField(_("announced"), default=timezone.now)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    stopped_at = models.DateTimeField(_("stopped early"), null=True, blank=True, editable=False)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    return_terms = models.TextField(_("return terms"), max_length=2000, blank=True)
    # Orders placed while it runs earn by it, for ever: once it has started, services keep it.
    extra_commission = RateField(
        _("extra commission"),
        null=True,
        blank=True,
        help_text=_(
            "Percent of the plan's base, to the person at depth 1, beside what the plan pays and "
            "within its ceiling. Fixed once the campaign starts."
        ),
    )

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_campaign_code"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="products_campaign_ends_after_start",
                violation_error_message=_("A campaign ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(extra_commission__gt=0, extra_commission__lte=100),
                name="products_campaign_extra_is_a_part",
                violation_error_message=_("The extra is above 0 and at most 100 percent."),
            ),
            models.CheckConstraint(
                condition=Q(announced_at__lte=F("starts_at")),
                name="products_campaign_announced_before_start",
                violation_error_message=_("A campaign is announced before it starts."),
            ),
        ]
        indexes = [models.Index(fields=["merchant", "ends_at"], name="products_campaign_ends")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_short_notice(self) -> bool:
        """Whether distributors hear of it less than 30 days before it starts."""
        return self.starts_at - self.announced_at < ANNOUNCED_AHEAD

    def state_at(self, at: datetime) -> str:
        """planned, announced, running, ended or stopped."""
        if self.stopped_at is not None and self.stopped_at <= at:
            return "stopped"
        if at >= self.ends_at:
            return "ended"
        if at >= self.starts_at:
            return "running"
        return "announced" if at >= self.announced_at else "planned"


class CampaignLine(MerchantScopedModel):
    """One SKU of a campaign at its price. Not below the SKU's floor, which services see to."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, verbose_name=_("campaign"), related_name="lines"
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, verbose_name=_("SKU"), related_name="campaign_lines"
    )
    price = MoneyField(_("campaign price"))

    class Meta:
        verbose_name = _("goods of a campaign")
        verbose_name_plural = _("goods of a campaign")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "sku"], name="products_campaign_sku"),
            models.CheckConstraint(
                condition=Q(price__gte=0), name="products_campaign_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.price}"
