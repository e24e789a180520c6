"""What was proved about the books, and when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor


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


class RankingSnapshot(MerchantScopedModel):
    """The ranking of a period that is over, as it stood when it was saved; never changed.

    Later facts that are dated back into the period show in a new snapshot, not in this one. Without
    an actor the site saved it when a month was over.
    """

    date_from = models.DateField(_("first day"))
    date_to = models.DateField(_("last day"))
    taken_at = models.DateTimeField(_("figures of"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    definition = models.TextField(_("definition"))
    people = models.PositiveIntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("saved ranking")
        verbose_name_plural = _("saved rankings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(date_to__gte=models.F("date_from")),
                name="insights_snapshot_period",
            ),
            models.UniqueConstraint(
                fields=["merchant", "date_from", "date_to"],
                name="insights_snapshot_once_a_month",
                condition=models.Q(actor=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date_from:%Y-%m-%d} – {self.date_to:%Y-%m-%d}"


class RankingSnapshotRow(MerchantScopedModel):
    """One person's figures and places in a saved ranking, with code, name and level of then."""

    snapshot = models.ForeignKey(
        RankingSnapshot, models.PROTECT, verbose_name=_("saved ranking"), related_name="rows"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="+"
    )
    code = models.CharField(_("distributor code"), max_length=64)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    level = models.CharField(_("level code"), max_length=40, blank=True)
    own_sales = MoneyField(_("own sales"))
    team_sales = MoneyField(_("team sales"))
    orders = models.PositiveIntegerField(_("orders"))
    commission = MoneyField(_("commission"))
    own_sales_rank = models.PositiveIntegerField(default=0, editable=False)
    team_sales_rank = models.PositiveIntegerField(default=0, editable=False)
    orders_rank = models.PositiveIntegerField(default=0, editable=False)
    commission_rank = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("row of a saved ranking")
        verbose_name_plural = _("rows of saved rankings")
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "distributor"], name="insights_snapshot_person_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.snapshot} · {self.code}"
