"""What a merchant decides about promotion."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel

# A click may count for as long as 365 days (the binding policy): its evidence lasts longer.
SHORTEST_RETENTION = 366
LONGEST_RETENTION = 3650
USUAL_RETENTION = 400


class PromotionPolicy(MerchantScopedModel):
    """One merchant's settings; without a row, the defaults."""

    retention_days = models.PositiveSmallIntegerField(
        _("days clicks keep their evidence"),
        default=USUAL_RETENTION,
        validators=[MinValueValidator(SHORTEST_RETENTION), MaxValueValidator(LONGEST_RETENTION)],
    )
    slogan = models.CharField(_("slogan on posters"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("changed by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("promotion settings")
        verbose_name_plural = _("promotion settings")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="promotion_one_policy"),
            models.CheckConstraint(
                condition=Q(
                    retention_days__gte=SHORTEST_RETENTION, retention_days__lte=LONGEST_RETENTION
                ),
                name="promotion_policy_retention",
            ),
        ]

    def __str__(self) -> str:
        return str(self.merchant)
