"""Money and messages that a person must look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.payments.models.payments import Payment, Provider


class PaymentFlag(MerchantScopedModel):
    """Something about money that does not fit: kept until somebody says what became of it."""

    class Kind(models.TextChoices):
        LATE = "late", _("paid after the order was cancelled")
        DOUBLE = "double", _("paid although the order was paid")
        AMOUNT = "amount", _("wrong amount")
        UNKNOWN = "unknown", _("no such payment here")
        TAKEN = "taken", _("provider's number used twice")
        OUTSIDE = "outside", _("given back without being asked for here")
        FAILED = "failed", _("could not be given back")

    class Resolution(models.TextChoices):
        OPEN = "", pgettext_lazy("payment flag", "open")
        RETURNED = "returned", _("given back")
        ACCEPTED = "accepted", _("taken as the order's payment")
        NOTED = "noted", _("settled otherwise")

    # None: nothing leads to a merchant. The platform owner sees it.
    merchant = models.ForeignKey(
        "merchants.Merchant",
        models.PROTECT,
        verbose_name=_("merchant"),
        null=True,
        blank=True,
        related_name="+",
    )
    kind = models.CharField(pgettext_lazy("payment flag", "what"), max_length=8, choices=Kind)
    # What happened, by name: told again, it is the same flag.
    key = models.CharField(max_length=160, unique=True, editable=False)
    provider = models.CharField(_("provider"), max_length=8, choices=Provider)
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        verbose_name=_("payment"),
        null=True,
        blank=True,
        related_name="flags",
    )
    number = models.CharField(_("payment number"), max_length=64, blank=True)
    transaction_id = models.CharField(_("provider's number"), max_length=64, blank=True)
    amount = MoneyField(_("amount"), null=True, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("noticed"), default=timezone.now)
    resolution = models.CharField(
        _("outcome"), max_length=8, choices=Resolution, default=Resolution.OPEN, blank=True
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    resolved_at = models.DateTimeField(pgettext_lazy("time", "settled"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("settled by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("payment needing attention")
        verbose_name_plural = _("payments needing attention")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True)
                | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="payments_flag_resolved_has_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["merchant"], condition=Q(resolution=""), name="payments_open_flags"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.number or self.transaction_id}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet what became of it."""
        return self.resolution == self.Resolution.OPEN

    @property
    def state(self) -> str:
        """Its state in the console's colours."""
        return "open" if self.is_open else "settled"
