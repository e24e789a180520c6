"""What a distributor says to a decision (申诉), and what comes of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models import DistributorEvent
from apps.price_control.models.violations import Violation


class Appeal(MerchantScopedModel):
    """The distributor's own words, once for each violation and within its deadline."""

    violation = models.OneToOneField(
        Violation, models.PROTECT, verbose_name=_("violation"), related_name="appeal"
    )
    statement = models.TextField(_("statement"), max_length=2000)
    request_key = models.CharField(max_length=64, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("by"),
        null=True,
        related_name="+",
    )
    submitted_at = models.DateTimeField(_("appealed"), default=timezone.now)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")

    def __str__(self) -> str:
        return str(self.violation)


class AppealAnswer(MerchantScopedModel):
    """The merchant's answer: upheld, and the violation is void; or rejected, and it stays."""

    appeal = models.OneToOneField(
        Appeal, models.PROTECT, verbose_name=_("appeal"), related_name="answer"
    )
    is_upheld = models.BooleanField(_("upheld"))
    reason = models.CharField(_("reason"), max_length=500)
    # What gave the standing back, where there was something to give back.
    event = models.OneToOneField(
        DistributorEvent,
        models.PROTECT,
        verbose_name=_("event"),
        null=True,
        blank=True,
        related_name="appeal_answer",
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("answered by"),
        null=True,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)

    class Meta:
        verbose_name = _("answer to an appeal")
        verbose_name_plural = _("answers to appeals")

    def __str__(self) -> str:
        return str(self.appeal)
