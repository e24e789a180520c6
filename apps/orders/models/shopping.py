"""What a customer keeps at a shop between two visits.

`owner` is who: `user-7` for somebody signed in, `guest-…` with a random number of their session
for anybody else. Nobody else sees the rows.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.products.models import Sku

OWNER_LENGTH = 40


class CartLine(MerchantScopedModel):
    """So many of a SKU in somebody's cart at one shop, and the price they last saw for it."""

    owner = models.CharField(_("whose"), max_length=OWNER_LENGTH)
    shop = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("shop"), related_name="cart_lines"
    )
    sku = models.ForeignKey(Sku, models.CASCADE, verbose_name=_("SKU"), related_name="cart_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    seen_price = MoneyField(_("price seen"))
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints = [
            models.UniqueConstraint(fields=["owner", "shop", "sku"], name="orders_cart_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & ~Q(owner=""), name="orders_cart_line"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} × {self.quantity}"


class SavedAddress(MerchantScopedModel):
    """Where somebody had goods sent before; offered to them alone."""

    owner = models.CharField(_("whose"), max_length=OWNER_LENGTH)
    name = models.CharField(_("recipient"), max_length=80)
    phone = models.CharField(_("recipient's phone"), max_length=32)
    region = models.CharField(_("region"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200)
    used_at = models.DateTimeField(_("last used"), default=timezone.now)

    class Meta:
        verbose_name = _("saved address")
        verbose_name_plural = _("saved addresses")
        indexes = [models.Index(fields=["owner", "-used_at"], name="orders_addresses_of")]

    def __str__(self) -> str:
        return f"{self.name} · {self.region} {self.address}"
