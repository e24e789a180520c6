"""Changes of level and their causes, who is about to fall, and the nights that looked at all."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel
from apps.distributors.models.history import DistributorEvent
from apps.distributors.models.levels import Level
from apps.distributors.models.people import Distributor


class LevelReview(MerchantScopedModel):
    """One night's look at everybody's figures: one per merchant and day."""

    day = models.DateField(_("day"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    # Held by a worker; empty when nobody is at it. A worker that was killed falls silent.
    seen_at = models.DateTimeField(_("last seen"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    people = models.PositiveIntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("level review")
        verbose_name_plural = _("level reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "day"], name="distributors_level_review_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class LevelChange(MerchantScopedModel):
    """A change of level beside its event: what caused it, and the figures of that moment.

    `explanation` is what `apps.commissions` wrote down: conditions, periods, figures, met or not.
    """

    class Cause(models.TextChoices):
        HAND = "hand", _("by hand")
        RAISED = "raised", _("conditions reached")
        LOWERED = "lowered", _("fell short after the grace")

    event = models.OneToOneField(
        DistributorEvent, models.PROTECT, verbose_name=_("event"), related_name="level_change"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="level_changes"
    )
    old_level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("before"), null=True, related_name="+"
    )
    new_level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("after"), null=True, related_name="+"
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    # The night that changed it; empty for a change by hand.
    day = models.DateField(_("night"), null=True)
    pinned_until = models.DateField(_("pinned until"), null=True)
    explanation = models.JSONField(_("figures"), default=dict)

    class Meta:
        verbose_name = _("level change")
        verbose_name_plural = _("level changes")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor", "day"], name="distributors_level_change_once_a_night"
            ),
            models.CheckConstraint(
                condition=Q(cause="hand", day__isnull=True)
                | Q(cause__in=["raised", "lowered"], day__isnull=False),
                name="distributors_level_change_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_level or '—'} → {self.new_level or '—'}"


class LevelGrace(MerchantScopedModel):
    """Somebody falls short of their level and keeps it for the time being (宽限期)."""

    class Outcome(models.TextChoices):
        OPEN = "open", pgettext_lazy("grace", "running")
        RECOVERED = "recovered", pgettext_lazy("grace", "figures recovered")
        LOWERED = "lowered", pgettext_lazy("grace", "level lost")
        CHANGED = "changed", pgettext_lazy("grace", "level or rules changed")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="level_graces"
    )
    level = models.ForeignKey(Level, models.PROTECT, verbose_name=_("level"), related_name="+")
    since = models.DateField(_("since"))
    # The night on which the level is lost unless the figures recover.
    until = models.DateField(_("until"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    ended_on = models.DateField(_("ended"), null=True)
    explanation = models.JSONField(_("figures"), default=dict)

    class Meta:
        verbose_name = _("grace period")
        verbose_name_plural = _("grace periods")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(ended_on__isnull=True),
                name="distributors_level_grace_one",
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", ended_on__isnull=True)
                | (~Q(outcome="open") & Q(ended_on__isnull=False)),
                name="distributors_level_grace_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.distributor}: {self.level}"
