"""What was proved about the books, and when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel


class ReconcileRun(MerchantScopedModel):
    """One proof of a merchant's books (对账): green without faults, red with the rows at fault.

    Without an actor it was the night's, or the command line's.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("reconciliation", "running")
        GREEN = "green", pgettext_lazy("reconciliation", "green")
        RED = "red", pgettext_lazy("reconciliation", "red")
        INTERRUPTED = "interrupted", pgettext_lazy("reconciliation", "interrupted")

    # Minutes are enough for the largest books; whoever is not through by then was stopped.
    PATIENCE = timedelta(hours=1)

    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
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

    def state_at(self, moment: datetime) -> str:
        """running → green or red; interrupted when it never came to an end."""
        if self.finished_at is None:
            late = self.started_at < moment - self.PATIENCE
            return self.State.INTERRUPTED if late else self.State.RUNNING
        return self.State.RED if self.fault_count else self.State.GREEN

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None until it is through."""
        return None if self.finished_at is None else self.finished_at - self.started_at
