"""Where goods lie, how many, and every reason why that changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Store
from apps.products.models.catalogue import Sku


class Warehouse(MerchantScopedModel):
    """A place with stock: one that sends parcels, or the back room of a store for pickup."""

    class Kind(models.TextChoices):
        NETWORK = "network", _("network warehouse")
        PHYSICAL = "physical", _("store's own stock")

    code = models.CharField(_("warehouse code"), max_length=64)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.NETWORK)
    store = models.OneToOneField(
        Store,
        models.PROTECT,
        verbose_name=_("store"),
        null=True,
        blank=True,
        related_name="warehouse",
    )
    rank = models.PositiveIntegerField(
        _("order"), default=1, help_text=_("Orders are served from the lowest number first.")
    )
    is_active = models.BooleanField(_("serves orders"), default=True)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_warehouse_code"),
            models.CheckConstraint(
                condition=Q(kind="network", store__isnull=True)
                | Q(kind="physical", store__isnull=False),
                name="products_warehouse_store",
                violation_error_message=_(
                    "A store's own stock names its store, a network warehouse names none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WarehouseStock(MerchantScopedModel):
    """How many of a SKU lie in a warehouse: the sum of its movements there."""

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, verbose_name=_("warehouse"), related_name="stocks"
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, verbose_name=_("SKU"), related_name="warehouse_stocks"
    )
    quantity = models.IntegerField(_("stock"), default=0)

    class Meta:
        verbose_name = _("stock in a warehouse")
        verbose_name_plural = _("stock by warehouse")
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse"], name="products_stock_place"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="products_warehouse_stock_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} @ {self.warehouse}: {self.quantity}"


class StockMovement(MerchantScopedModel):
    """One change of one SKU's stock in one warehouse. Never updated or deleted: a trigger."""

    class Reason(models.TextChoices):
        OPENING = "opening", _("opening stock")
        PURCHASE = "purchase", _("goods received")
        SALE = "sale", _("reserved by an order")
        CANCEL = "cancel", _("order cancelled")
        RETURN = "return", _("customer's return")
        UNDONE = "undone", _("return undone")
        COUNT = "count", _("stock count")
        TRANSFER = "transfer", _("moved between warehouses")
        IMPORT = "import", _("file")

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, verbose_name=_("warehouse"), related_name="movements"
    )
    sku = models.ForeignKey(Sku, models.PROTECT, verbose_name=_("SKU"), related_name="movements")
    quantity = models.IntegerField(_("change"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    # The fact behind it: one event moves stock once, however often it is told.
    key = models.CharField(max_length=120, editable=False)
    document = models.CharField(_("document"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("by"),
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "key"], name="products_movement_once"),
            models.CheckConstraint(condition=~Q(quantity=0), name="products_movement_moves"),
        ]
        indexes = [
            models.Index(fields=["merchant", "document"], name="products_movement_document"),
            models.Index(fields=["merchant", "at"], name="products_movement_at"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.quantity:+d}"
