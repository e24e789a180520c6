"""What was run: passes over the stages, and rehearsals."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.commissions.models.plans import Plan
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor


class Simulation(MerchantScopedModel):
    """A rehearsal (试算): past orders under a draft plan or with somebody moved. Pays nobody."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("simulation", "waiting")
        RUNNING = "running", pgettext_lazy("simulation", "running")
        DONE = "done", pgettext_lazy("simulation", "done")
        FAILED = "failed", pgettext_lazy("simulation", "failed")

    plan = models.ForeignKey(
        Plan, models.PROTECT, verbose_name=_("plan"), null=True, related_name="+"
    )
    moved = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("moved"), null=True, related_name="+"
    )
    new_parent = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("new upline"), null=True, related_name="+"
    )
    date_from = models.DateField(_("first day"))
    date_to = models.DateField(_("last day"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.WAITING, editable=False
    )
    done = models.PositiveIntegerField(_("orders done"), default=0)
    total = models.PositiveIntegerField(_("orders"), default=0)
    noted_at = models.DateTimeField(_("last sign of life"), null=True, editable=False)
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked by"),
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        constraints = [
            models.CheckConstraint(
                condition=Q(date_to__gte=F("date_from")), name="commissions_simulation_period"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def subject(self) -> str:
        """What is rehearsed: the plan, the move, or both."""
        parts = [str(self.plan)] if self.plan else []
        if self.moved and self.new_parent:
            texts = {"person": self.moved, "upline": self.new_parent}
            parts.append(gettext("%(person)s under %(upline)s") % texts)
        elif self.moved:
            parts.append(gettext("%(person)s at the top") % {"person": self.moved})
        return " · ".join(parts)


class StageRun(MerchantScopedModel):
    """One pass over the stages that were due: who asked, as of what moment, and what it did."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("stage run", "waiting for a worker")
        RUNNING = "running", pgettext_lazy("stage run", "running")
        DONE = "done", pgettext_lazy("stage run", "done")
        FAILED = "failed", pgettext_lazy("stage run", "failed")
        INTERRUPTED = "interrupted", pgettext_lazy("stage run", "interrupted")

    # A chunk takes seconds: who shows no sign of life for so long has been stopped.
    SILENCE = timedelta(minutes=5)

    class Origin(models.TextChoices):
        WORKER = "worker", _("worker")
        COMMAND = "command", _("command line")
        CONSOLE = "console", _("console")

    class Stage(models.TextChoices):
        BOOK = "book", _("attributing and computing orders")
        SETTLE = "settle", _("taking back and releasing")
        LEVELS = "levels", _("reviewing levels")

    # What a run counts, in the order in which it happens.
    COUNT_NAMES = {
        "suspensions": _("suspensions ended"),
        "cancelled": _("unpaid orders cancelled"),
        "completed": _("delivered orders completed"),
        "moves": _("changes of upline"),
        "attributed": _("orders attributed"),
        "booked": _("orders computed"),
        "commissions": _("commissions"),
        "bonuses": _("bonus rows"),
        "refunds": _("refunds"),
        "reversed": _("taken back"),
        "released": _("released"),
        "raised": _("levels raised"),
        "lowered": _("levels lowered"),
    }

    origin = models.CharField(_("started by"), max_length=10, choices=Origin, default=Origin.WORKER)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    # What is being done now and how far it has come, for whoever watches a long run.
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("to do"), default=0)
    as_of = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    # The last sign of life: a run that was killed shows none any more.
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("stage run")
        verbose_name_plural = _("stage runs")

    def __str__(self) -> str:
        return f"#{self.pk}"

    def state_at(self, moment: datetime) -> str:
        """waiting → running → done or failed; interrupted when it has been silent for too long."""
        if self.finished_at is not None:
            return self.State.FAILED if self.error else self.State.DONE
        if self.seen_at < moment - self.SILENCE:
            return self.State.INTERRUPTED
        return self.State.RUNNING if self.stage else self.State.WAITING

    @property
    def made(self) -> list[tuple[str, int]]:
        """What it made, by name; what it made none of is left out."""
        return [
            (str(self.COUNT_NAMES.get(name, name)), count)
            for name, count in self.counts.items()
            if count
        ]

    @property
    def duration(self) -> timedelta:
        """How long it took, or has been at work so far."""
        return (self.finished_at or self.seen_at) - self.started_at
