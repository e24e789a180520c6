"""What a merchant sells."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from simple_history.models import HistoricalRecords

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel

PATH_SEPARATOR = "/"
VALUE_SEPARATOR = " / "
# The longest sides a picture is kept in: a phone's width or a zoomed part of it at two pixels a
# point, a card, a thumbnail. The name of the largest file ends in the first.
PICTURE_SIZES = (1200, 840, 450, 200)
POSTER_SIZE, THUMB_SIZE = 450, 200
# How names end → the sizes beside them: a picture keeps those it was drawn in.
SIZES_BY_ENDING = {".1200.webp": PICTURE_SIZES, "-1200.webp": (1200, 600, 300)}


def sizes_of(name: str) -> tuple[int, ...]:
    """The sizes a picture is kept in, the largest first; none for one that is kept as it came."""
    found = (sizes for ending, sizes in SIZES_BY_ENDING.items() if name.endswith(ending))
    return next(found, ())


def scaled_name(name: str, size: int) -> str:
    """The file of the smallest size from `size` on beside a picture's largest, or itself."""
    sizes = sizes_of(name)
    if not sizes:
        return name
    fitting = min((each for each in sizes if each >= size), default=sizes[0])
    return f"{name.removesuffix(f'{sizes[0]}.webp')}{fitting}.webp"


def scaled_url(file: FieldFile, size: int) -> str:
    """The address of a picture in the smallest size from `size` on."""
    return file.storage.url(scaled_name(file.name, size))


def srcset_of(file: FieldFile, width: int, height: int) -> str:
    """`srcset` of a picture whose largest size is width × height; empty without other sizes."""
    sizes = sizes_of(file.name) if file else ()
    longest = max(width, height) if sizes else 0
    widths = {max(1, round(width * min(1, size / longest))): size for size in sizes}
    return ", ".join(f"{scaled_url(file, size)} {wide}w" for wide, size in sorted(widths.items()))


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

    # Where it stands among its siblings; equal ones are ordered by name.
    position = models.PositiveIntegerField(_("position"), default=0, editable=False)

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
    video = models.FileField(_("video"), upload_to="products/", blank=True)
    is_listed = models.BooleanField(_("listed in shops"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    # [{"name": "颜色", "values": ["红", "白"]}, …]: what its SKUs differ in, in this order.
    options = models.JSONField(_("options"), default=list, blank=True, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_product_code")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def poster_url(self) -> str:
        """The address of its first picture as it stands for its video; empty without one."""
        return scaled_url(self.image, POSTER_SIZE) if self.image else ""

    @property
    def thumb_url(self) -> str:
        """The address of the smallest size of its first picture; empty without one."""
        return scaled_url(self.image, THUMB_SIZE) if self.image else ""

    @property
    def image_srcset(self) -> str:
        """Sizes of its first picture for the browser to choose from; empty if there is one only."""
        return srcset_of(self.image, self.image_width, self.image_height) if self.image else ""


class Supplier(MerchantScopedModel):
    """Whom goods are bought from. Never deleted: what was bought keeps its source."""

    code = models.CharField(_("supplier code"), max_length=64)
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("contact person"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="products_supplier_code")
        ]

    def __str__(self) -> str:
        return self.name


class Sku(MerchantScopedModel):
    """What is bought, counted and priced.

    Its row is the lock of its prices and of its stock: whoever changes either holds it.
    """

    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("product"), related_name="skus"
    )
    code = models.CharField(_("SKU"), max_length=64)
    # Its value of each option of the product, such as 红 / 大; empty without options.
    combination = models.CharField(_("combination"), max_length=200, default="", blank=True)
    price = MoneyField(_("price"))
    market_price = MoneyField(_("struck-through price"), null=True, blank=True)
    floor_price = MoneyField(_("lowest price allowed"), null=True, blank=True)
    cost = MoneyField(_("cost"), default=0)
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        verbose_name=_("supplier"),
        null=True,
        blank=True,
        related_name="skus",
    )
    # The sum over all warehouses; the movements behind it are in `StockMovement`.
    stock = models.IntegerField(_("stock"), default=0, validators=[MinValueValidator(0)])
    low_stock = models.PositiveIntegerField(_("low stock at"), null=True, blank=True)

    # Who changed a price, and when. Stock has a ledger of its own.
    history = HistoricalRecords(excluded_fields=["stock"], related_name="versions")

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
            models.UniqueConstraint(
                fields=["product", "combination"],
                name="products_sku_combination",
                condition=~models.Q(combination=""),
            ),
            models.CheckConstraint(
                condition=models.Q(floor_price__isnull=True)
                | models.Q(floor_price__gte=0, price__gte=models.F("floor_price")),
                name="products_price_above_floor",
                violation_error_message=_("The price is below the lowest price allowed."),
            ),
            models.CheckConstraint(
                condition=models.Q(market_price__isnull=True)
                | models.Q(market_price__gte=models.F("price")),
                name="products_market_price_above_price",
                violation_error_message=_("A struck-through price is not below the price."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "stock"],
                name="products_low_stock",
                condition=models.Q(low_stock__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def values(self) -> list[str]:
        """Its value of each option of the product, in the product's order."""
        return self.combination.split(VALUE_SEPARATOR) if self.combination else []
