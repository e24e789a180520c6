"""What a merchant's shops promise: delivery, fees, and what happens by itself."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel

UNPAID_MINUTES = 30
COMPLETE_DAYS = 10


class ShopSettings(MerchantScopedModel):
    """One merchant's rules for all of its shops; without a row, the defaults stand."""

    unpaid_minutes = models.PositiveIntegerField(
        _("cancel unpaid orders after (minutes)"),
        null=True,
        blank=True,
        default=UNPAID_MINUTES,
        validators=[MinValueValidator(5), MaxValueValidator(43_200)],
        help_text=_("Empty: never by itself. Not while a customer says that they have paid."),
    )
    complete_days = models.PositiveIntegerField(
        _("complete orders this many days after shipping"),
        null=True,
        blank=True,
        default=COMPLETE_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Empty: never by itself. Not while a refund of the order is being looked at."),
    )
    shipping_fee = MoneyField(_("shipping fee"), default=Decimal("0.00"))
    free_from = MoneyField(
        _("free shipping from"),
        null=True,
        blank=True,
        help_text=_("Goods of at least this amount ship without the fee. Empty: never."),
    )
    delivery_words = models.TextField(
        _("delivery, in words"),
        max_length=500,
        blank=True,
        help_text=_("Shown on every product page, e.g. by whom and how soon you send."),
    )
    return_words = models.TextField(
        _("return rules, in words"),
        max_length=500,
        blank=True,
        help_text=_("Shown on every product page and where a refund is asked for."),
    )

    class Meta:
        verbose_name = _("shop settings")
        verbose_name_plural = _("shop settings")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="orders_shop_settings_once"),
            models.CheckConstraint(
                condition=Q(shipping_fee__gte=0)
                & (Q(free_from__isnull=True) | Q(free_from__gte=0)),
                name="orders_shop_settings_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.merchant)


class ShippingRegion(MerchantScopedModel):
    """A province that costs more to reach, or is not delivered to (`surcharge` is empty then)."""

    region = models.CharField(_("province"), max_length=40, blank=True)
    surcharge = MoneyField(_("surcharge"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipping region")
        verbose_name_plural = _("shipping regions")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "region"], name="orders_shipping_region_once"
            ),
            models.CheckConstraint(
                condition=Q(surcharge__isnull=True) | Q(surcharge__gte=0),
                name="orders_shipping_surcharge_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.region
