"""What a merchant sells."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel

PATH_SEPARATOR = "/"


class Category(MPTTModel, MerchantScopedModel):
    """A node of the merchant's category tree, written only by services, which lock it."""

    name = models.CharField(_("name"), max_length=40)
    parent = TreeForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("parent category"),
        null=True,
        blank=True,
        related_name="children",
    )

    objects = ScopedManager(merchant="merchant", _manager_class=TreeManager)

    class MPTTMeta:
        order_insertion_by = ["name"]

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "parent", "name"],
                name="products_category_name_in_parent",
                condition=models.Q(parent__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["merchant", "name"],
                name="products_category_root_name",
                condition=models.Q(parent__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """The names from the root down, e.g. 茶/普洱. One query."""
        return PATH_SEPARATOR.join(
            self.get_ancestors(include_self=True).values_list("name", flat=True)
        )


class Product(MerchantScopedModel):
    """What a customer looks at; what is bought is one of its SKUs."""

    code = models.CharField(_("product code"), max_length=64)
    name = models.CharField(_("name"), max_length=120)
    category = TreeForeignKey(
        Category,
        models.PROTECT,
        verbose_name=_("category"),
        null=True,
        blank=True,
        related_name="products",
    )
    summary = models.CharField(_("selling point"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)
    image = models.ImageField(
        _("image"),
        upload_to="products/",
        blank=True,
        width_field="image_width",
        height_field="image_height",
    )
    image_width = models.PositiveIntegerField(null=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, editable=False)
    is_listed = models.BooleanField(_("listed in shops"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_product_code")
        ]

    def __str__(self) -> str:
        return self.name


class Sku(MerchantScopedModel):
    """What is bought, counted and priced."""

    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("product"), related_name="skus"
    )
    code = models.CharField(_("SKU"), max_length=64)
    price = MoneyField(_("price"))
    cost = MoneyField(_("cost"), default=0)
    stock = models.IntegerField(_("stock"), default=0, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_sku_code"),
            models.CheckConstraint(
                condition=models.Q(stock__gte=0), name="products_stock_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="products_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(cost__gte=0), name="products_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.code
