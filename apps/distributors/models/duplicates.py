"""Two distributors who may be one person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models.people import Distributor


class DuplicateFlag(MerchantScopedModel):
    """Two distributors of one merchant share something that is one person's, until looked at."""

    class Kind(models.TextChoices):
        ID_NUMBER = "id_number", _("one ID number")
        PAYOUT_ACCOUNT = "payout_account", _("one payout account")

    kind = models.CharField(_("what they share"), max_length=16, choices=Kind)
    first = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="+"
    )
    second = models.ForeignKey(Distributor, models.PROTECT, verbose_name=_("and"), related_name="+")
    noted_at = models.DateTimeField(_("noted"), default=timezone.now)
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("cleared by"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "first", "second"], name="distributors_duplicate_once"
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="distributors_duplicate_order"
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | ~Q(reason=""),
                name="distributors_duplicate_cleared_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}: {self.get_kind_display()}"
