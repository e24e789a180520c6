"""Money on its way back through the provider it came from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.orders.models import Refund
from apps.payments.models.flags import PaymentFlag
from apps.payments.models.payments import Payment


class PaymentRefund(MerchantScopedModel):
    """What the provider is asked to give back: for a refund of the order, or for stray money."""

    class Status(models.TextChoices):
        PENDING = "pending", _("on its way")
        SUCCEEDED = "done", _("given back")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("called off")

    payment = models.ForeignKey(
        Payment, models.PROTECT, verbose_name=_("payment"), related_name="refunds"
    )
    order_refund = models.OneToOneField(
        Refund,
        models.PROTECT,
        verbose_name=_("refund"),
        null=True,
        blank=True,
        related_name="payment_refund",
    )
    flag = models.OneToOneField(
        PaymentFlag,
        models.PROTECT,
        verbose_name=_("payment needing attention"),
        null=True,
        blank=True,
        related_name="payment_refund",
    )
    # Its name at the provider: sent twice, it is given back once.
    number = models.CharField(_("number"), max_length=32, unique=True)
    amount = MoneyField(_("amount"))
    # What the trade came to at the provider, where that is not the payment's amount.
    trade_amount = MoneyField(_("of"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.PENDING)
    is_sent = models.BooleanField(default=False, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    finished_at = models.DateTimeField(pgettext_lazy("time", "finished"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("refund through the provider")
        verbose_name_plural = _("refunds through providers")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_refund_positive"),
            models.CheckConstraint(
                condition=Q(order_refund__isnull=True, flag__isnull=False)
                | Q(order_refund__isnull=False, flag__isnull=True),
                name="payments_refund_of_one",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", finished_at__isnull=True)
                | (~Q(status="pending") & Q(finished_at__isnull=False)),
                name="payments_refund_finished_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="pending"),
                name="payments_refunds_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.number
