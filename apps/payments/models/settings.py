"""How a merchant's customers may pay."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel

LEAST_MINUTES, MOST_MINUTES = 5, 1440


class PaymentSettings(MerchantScopedModel):
    """Ways to pay and the account for transfers: a row for each change, the newest counts."""

    wechat_on = models.BooleanField(_("WeChat Pay"), default=False)
    alipay_on = models.BooleanField(_("Alipay"), default=False)
    transfer_on = models.BooleanField(_("bank transfer with proof"), default=False)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    account_name = models.CharField(_("account holder"), max_length=80, blank=True)
    account_number = models.CharField(_("account number"), max_length=40, blank=True)
    transfer_note = models.TextField(
        _("words about transfers"), max_length=500, blank=True, help_text=_("Customers read this.")
    )
    minutes_to_pay = models.PositiveIntegerField(
        _("minutes to pay"),
        default=30,
        validators=[MinValueValidator(LEAST_MINUTES), MaxValueValidator(MOST_MINUTES)],
        help_text=_("So long one attempt stays open at WeChat Pay or Alipay."),
    )
    returns_stray_money = models.BooleanField(
        _("give stray money back at once"),
        default=True,
        help_text=_(
            "Money that arrives for a cancelled order, or a second time. Otherwise it waits for "
            "somebody to decide."
        ),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("payment settings")
        verbose_name_plural = _("payment settings")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
