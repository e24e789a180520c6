"""What was decided about applications, and who looked at what is hidden."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel
from apps.joining.models.applications import Application, Submission
from apps.joining.models.policies import QUESTIONS


class Review(MerchantScopedModel):
    """One decision on one submission, with its scores: appended, never edited."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", pgettext_lazy("verdict", "approved")
        REJECT = "reject", pgettext_lazy("verdict", "rejected")
        CHANGES = "changes", pgettext_lazy("verdict", "changes asked for")

    application = models.ForeignKey(
        Application, models.PROTECT, verbose_name=_("application"), related_name="reviews"
    )
    submission = models.ForeignKey(
        Submission, models.PROTECT, verbose_name=_("submission"), related_name="reviews"
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    scores = models.JSONField(_("scores"), default=dict)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed"), default=timezone.now)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="approve") | ~Q(reason=""), name="joining_review_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_verdict_display()}"

    @property
    def average(self) -> float | None:
        """The mean of the scores, 1 to 5, to one decimal; None without any."""
        return round(sum(self.scores.values()) / len(self.scores), 1) if self.scores else None

    @property
    def scored(self) -> list[tuple]:
        """Label and score, in the order of the form."""
        return [
            (label, self.scores[name]) for name, label in QUESTIONS.items() if name in self.scores
        ]


class IdentityReveal(MerchantScopedModel):
    """Somebody looked at a real name and ID number, and why: appended, never edited."""

    submission = models.ForeignKey(
        Submission, models.PROTECT, verbose_name=_("submission"), related_name="reveals"
    )
    revealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+"
    )
    revealed_at = models.DateTimeField(_("when"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("identity shown")
        verbose_name_plural = _("identities shown")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="joining_reveal_has_reason")
        ]

    def __str__(self) -> str:
        return f"{self.submission} · {self.revealed_by}"
