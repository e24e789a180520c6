"""One attempt to pay one order."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.orders.models import Order


class Provider(models.TextChoices):
    """Who carries the money."""

    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    OFFLINE = "offline", _("bank transfer")


# Those that tell of payments themselves, and give money back when asked.
ONLINE = (Provider.WECHAT, Provider.ALIPAY)


class Payment(MerchantScopedModel):
    """An attempt to pay an order. Paid is for good: what is given back are rows of their own."""

    class Way(models.TextChoices):
        JSAPI = "jsapi", _("inside WeChat")
        H5 = "h5", _("WeChat from a phone's browser")
        NATIVE = "native", _("WeChat QR code")
        WAP = "wap", _("Alipay on a phone")
        PAGE = "page", _("Alipay on a computer")
        TRANSFER = "transfer", _("transfer with proof")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for the money")
        PAID = "paid", _("paid")
        CLOSED = "closed", _("closed unpaid")
        FAILED = "failed", _("does not fit")

    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), related_name="payments"
    )
    provider = models.CharField(_("provider"), max_length=8, choices=Provider)
    way = models.CharField(_("way"), max_length=8, choices=Way)
    # The name of the attempt at the provider (out_trade_no): sent twice, it is one payment.
    number = models.CharField(_("payment number"), max_length=32, unique=True)
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    # Whether it is the one that paid the order. Money that came too late or twice is not.
    is_applied = models.BooleanField(_("paid the order"), default=False)
    transaction_id = models.CharField(
        _("provider's number"), max_length=64, null=True, blank=True, default=None
    )
    returned_amount = MoneyField(_("given back"), default=0)
    # What the customer's device needs: an address, a QR code's content, a prepay id.
    ticket = models.JSONField(default=dict, blank=True, editable=False)
    payer = models.CharField(max_length=64, blank=True, editable=False)
    notify_url = models.CharField(max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    expires_at = models.DateTimeField(_("open until"))
    paid_at = models.DateTimeField(pgettext_lazy("time", "paid"), null=True, blank=True)
    closed_at = models.DateTimeField(pgettext_lazy("time", "closed"), null=True, blank=True)
    checked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    checks = models.PositiveIntegerField(default=0, editable=False)
    next_check_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "transaction_id"], name="payments_transaction_once"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(is_applied=True), name="payments_applied_once"
            ),
            models.UniqueConstraint(
                fields=["order", "provider", "way", "payer"],
                condition=Q(status="pending"),
                name="payments_pending_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_amount_positive"),
            models.CheckConstraint(
                condition=Q(returned_amount__gte=0) & Q(returned_amount__lte=F("amount")),
                name="payments_returned_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_at__isnull=False)
                | (~Q(status="paid") & Q(is_applied=False, returned_amount=0)),
                name="payments_paid_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid", provider__in=["wechat", "alipay"])
                | Q(transaction_id__isnull=False),
                name="payments_paid_has_transaction",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-created_at"], name="payments_newest"),
            models.Index(
                fields=["next_check_at"], condition=Q(status="pending"), name="payments_to_check"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_online(self) -> bool:
        """Whether a provider can be asked about it."""
        return self.provider in ONLINE

    @property
    def returnable_amount(self):
        """What may still be given back through the provider, in major units."""
        return self.amount - self.returned_amount
