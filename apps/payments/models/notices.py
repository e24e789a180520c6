"""What providers, and those who pretend to be one, told the site."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.payments.models.payments import Payment, Provider


class PaymentNotice(MerchantScopedModel):
    """One notification as it came, and what was made of it. Never changed.

    The provider's name for the event is kept once: whatever brings it again is a repetition.
    """

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("taken")
        REPEATED = "repeated", _("known already")
        FLAGGED = "flagged", _("needs attention")
        REFUSED = "refused", _("refused")
        IGNORED = "ignored", _("nothing to do")

    class Reason(models.TextChoices):
        NONE = "", "—"
        SIGNATURE = "signature", _("the signature is false")
        STALE = "stale", _("sent long ago, or in the future")
        MERCHANT = "merchant", _("for another merchant account or app")
        FORM = "form", _("cannot be read")
        AMOUNT = "amount", _("the amount is not what was to be paid")
        UNKNOWN = "unknown", _("no such payment here")
        STRAY = "stray", _("the order did not wait for money")
        TAKEN = "taken", _("the provider's number belongs to another payment")
        OUTSIDE = "outside", _("given back without being asked for here")

    # None: nothing in it leads to a merchant. The platform owner sees it.
    merchant = models.ForeignKey(
        "merchants.Merchant",
        models.PROTECT,
        verbose_name=_("merchant"),
        null=True,
        blank=True,
        related_name="+",
    )
    provider = models.CharField(_("provider"), max_length=8, choices=Provider)
    event_id = models.CharField(_("event"), max_length=128, null=True, blank=True)
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        verbose_name=_("payment"),
        null=True,
        blank=True,
        related_name="notices",
    )
    # As claimed: a refused notice proves nothing.
    number = models.CharField(_("payment number"), max_length=64, blank=True)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason, blank=True)
    sender = models.CharField(_("sent from"), max_length=45, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64)
    body = models.TextField(_("as it came"), blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("payment notice")
        verbose_name_plural = _("payment notices")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="payments_notice_event_once"
            ),
            models.CheckConstraint(
                condition=~Q(verdict="refused") | Q(event_id__isnull=True),
                name="payments_refused_takes_no_event",
            ),
        ]
        indexes = [models.Index(fields=["provider", "received_at"], name="payments_notice_time")]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} · {self.get_verdict_display()}"
