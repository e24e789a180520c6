"""What was proved about the books, and when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel


class ReconcileRun(MerchantScopedModel):
    """One proof of a merchant's books (对账): green without faults, red with the rows at fault."""

    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    # Check name → {"faults": how many, "ms": how long it took}.
    checks = models.JSONField(_("checks"), default=dict)
    fault_count = models.PositiveIntegerField(_("rows at fault"), default=0)
    # The first of them: [check, subject, detail].
    faults = models.JSONField(_("faults"), default=list)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        indexes = [
            models.Index(fields=["merchant", "-started_at"], name="insights_reconcile_latest")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_green(self) -> bool:
        """Whether no row was at fault."""
        return not self.fault_count
