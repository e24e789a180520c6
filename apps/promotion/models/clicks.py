"""Visits that a distributor brought."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Customer, Distributor
from apps.promotion.models.links import PromoLink


class Click(MerchantScopedModel):
    """Somebody came through a distributor's link, with what there is to show for it.

    Nothing personal in clear: the visitor is a random number kept in their own cookie, the address
    a keyed hash, the device a kind of device. `customer` is filled in, once, when the visitor
    becomes known by an order. After the merchant's retention the evidence goes and the row stays,
    to be counted (`services.retention`); but a click that decided a binding or an order keeps it.
    """

    class Device(models.TextChoices):
        WECHAT = "wechat", _("WeChat")
        PHONE = "phone", pgettext_lazy("device", "phone")
        TABLET = "tablet", _("tablet")
        COMPUTER = "computer", _("computer")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="clicks"
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="clicks",
    )
    link = models.ForeignKey(
        PromoLink,
        models.PROTECT,
        verbose_name=_("promo link"),
        null=True,
        blank=True,
        related_name="clicks",
        db_index=False,  # the index below begins with it
    )
    at = models.DateTimeField(pgettext_lazy("time", "at"), default=timezone.now)
    target = models.CharField(_("led to"), max_length=200)
    referrer_host = models.CharField(_("came from"), max_length=100, blank=True)
    device = models.CharField(_("device"), max_length=10, choices=Device)
    address_hash = models.CharField(_("address (hashed)"), max_length=64, blank=True)
    visitor = models.CharField(_("visitor"), max_length=32)
    is_deciding = models.BooleanField(
        _("decided a binding or an order"), default=False, db_default=False, editable=False
    )
    forgotten_at = models.DateTimeField(_("evidence removed"), null=True, editable=False)

    class Meta:
        verbose_name = _("click")
        verbose_name_plural = _("clicks")
        indexes = [
            models.Index(fields=["merchant", "visitor", "at"], name="promotion_click_visitor"),
            models.Index(fields=["distributor", "at"], name="promotion_click_brought"),
            models.Index(fields=["customer", "at"], name="promotion_click_customer"),
            models.Index(fields=["link", "at"], name="promotion_click_link"),
            # What the nights look for, and nothing else.
            models.Index(
                fields=["merchant", "at"],
                condition=models.Q(forgotten_at__isnull=True, is_deciding=False),
                name="promotion_click_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
