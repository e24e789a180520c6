"""Orders, what was on them, and what was given back."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Customer, Distributor, Level, Store
from apps.orders.models.shopping import OWNER_LENGTH
from apps.products.models import Category, Product, Sku


class Order(MerchantScopedModel):
    """One purchase. Its status only moves forward; what it earned is never rewritten."""

    class Source(models.TextChoices):
        SHOP = "shop", _("shop")
        CSV = "csv", _("file")

    class Status(models.TextChoices):
        PENDING = "pending", _("awaiting payment")
        PAID = "paid", _("paid")
        SHIPPED = "shipped", _("shipped")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")
        CLOSED = "closed", _("cancelled after payment")

    class Stage(models.IntegerChoices):
        """How far the stages have come with a paid order: a hint that finds work quickly.

        What was done is told by the attribution and the booking themselves.
        """

        NEW = 0, _("new")
        ATTRIBUTED = 1, _("attributed")
        BOOKED = 2, _("booked")

    class Bringing(models.TextChoices):
        """How the order came to name who brought it."""

        NAMED = "", _("named on the order")
        CODE = "code", _("code typed at checkout")
        BINDING = "binding", _("the customer was bound")
        CLICK = "click", _("last click")

    source = models.CharField(_("source"), max_length=8, choices=Source)
    order_no = models.CharField(_("order number"), max_length=64)
    request_key = models.CharField(max_length=64, null=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), related_name="orders"
    )
    distributor = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("brought by"),
        null=True,
        blank=True,
        related_name="brought_orders",
    )
    # Decided once, when the order was placed; what it was decided on stands beside it.
    brought_how = models.CharField(
        _("how it was brought"),
        max_length=8,
        choices=Bringing,
        default=Bringing.NAMED,
        db_default="",
        blank=True,
    )
    brought_evidence = models.JSONField(_("evidence"), null=True, blank=True)
    shop = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("placed in the shop of"),
        null=True,
        blank=True,
        related_name="shop_orders",
        db_index=False,  # orders of files have none: the index below has the others
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    region = models.CharField(_("region"), max_length=80, blank=True)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        verbose_name=_("picked up at"),
        null=True,
        blank=True,
        related_name="orders",
    )
    stage = models.PositiveSmallIntegerField(
        _("stage"), choices=Stage, default=Stage.NEW, editable=False
    )
    shipping_amount = MoneyField(_("shipping"), default=0)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    paid_at = models.DateTimeField(pgettext_lazy("time", "paid"), null=True, blank=True)
    shipped_at = models.DateTimeField(pgettext_lazy("time", "shipped"), null=True, blank=True)
    completed_at = models.DateTimeField(pgettext_lazy("time", "completed"), null=True, blank=True)
    cancelled_at = models.DateTimeField(pgettext_lazy("time", "cancelled"), null=True, blank=True)
    payment_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("payment confirmed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    tracking_number = models.CharField(_("parcel number"), max_length=64, blank=True)
    recipient_name = models.CharField(_("recipient"), max_length=80, blank=True)
    recipient_phone = models.CharField(_("recipient's phone"), max_length=32, blank=True)
    recipient_address = models.CharField(_("address"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # Who placed it, as in `shopping`: they alone may act on it from the shop.
    owner = models.CharField(
        max_length=OWNER_LENGTH, blank=True, default="", db_default="", editable=False
    )
    payment_claimed_at = models.DateTimeField(
        _("customer says it is paid"), null=True, blank=True, editable=False
    )
    # Somebody may be taking its money at this moment: until then it does not end by itself.
    payment_awaited_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "order_no"], name="orders_order_no"
            ),
            models.UniqueConstraint(fields=["merchant", "request_key"], name="orders_request_key"),
            models.CheckConstraint(
                condition=Q(shipping_amount__gte=0), name="orders_shipping_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["paid", "shipped", "completed", "closed"])
                | Q(paid_at__isnull=False),
                name="orders_paid_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(completed_at__isnull=False),
                name="orders_completed_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "paid_at"], name="orders_paid_at"),
            models.Index(
                fields=["shop"], condition=Q(shop__isnull=False), name="orders_placed_in_shop"
            ),
            models.Index(
                fields=["owner", "-placed_at"], condition=~Q(owner=""), name="orders_of_owner"
            ),
            # What ends by itself, however many orders there are.
            models.Index(
                fields=["merchant", "placed_at"],
                condition=Q(status="pending", source="shop"),
                name="orders_unpaid",
            ),
            models.Index(
                fields=["merchant", "shipped_at"],
                condition=Q(status="shipped", source="shop"),
                name="orders_on_their_way",
            ),
            # What the stages have not seen yet, however long the history is.
            models.Index(
                fields=["merchant", "paid_at", "id"],
                condition=Q(stage=0, paid_at__isnull=False),
                name="orders_to_attribute",
            ),
            models.Index(
                fields=["merchant", "paid_at", "id"],
                condition=Q(stage=1, paid_at__isnull=False),
                name="orders_to_book",
            ),
        ]

    def __str__(self) -> str:
        return self.order_no

    @property
    def is_paid(self) -> bool:
        """Whether money has come in and the order still stands."""
        return self.status in PAID_STATUSES

    @property
    def open_problem(self) -> "ShippingProblem | None":
        """Why it cannot be sent at the moment, if somebody has said so. One query, asked once."""
        if "_open_problem" not in self.__dict__:
            found = self.shipping_problems.filter(resolved_at__isnull=True)
            self._open_problem = found.select_related("order_line").first()
        return self._open_problem


PAID_STATUSES = (Order.Status.PAID, Order.Status.SHIPPED, Order.Status.COMPLETED)
# Orders that were sold: one cancelled after payment stays a sale of its day, given back on another.
SOLD_STATUSES = (*PAID_STATUSES, Order.Status.CLOSED)


class OrderLine(MerchantScopedModel):
    """One SKU on an order, with its price, list price and cost as they were when ordered."""

    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="lines")
    line_no = models.PositiveIntegerField(_("line"))
    sku = models.ForeignKey(Sku, models.PROTECT, verbose_name=_("SKU"), related_name="order_lines")
    title = models.CharField(_("name"), max_length=120)
    category_path = models.CharField(_("category"), max_length=400, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), validators=[MinValueValidator(1)])
    unit_price = MoneyField(_("unit price"))
    discount = MoneyField(_("discount"), default=0)
    # How much of the discount is the line's share of the order's coupon.
    coupon_discount = MoneyField(_("of it by coupon"), default=0, db_default=0)
    list_price = MoneyField(_("list price"))
    unit_cost = MoneyField(_("unit cost"))
    paid_amount = MoneyField(_("line paid"))
    refunded_amount = MoneyField(_("refunded"), default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "line_no"], name="orders_line_no"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="orders_line_quantity"),
            models.CheckConstraint(
                condition=Q(discount__gte=0) & Q(unit_price__gte=0) & Q(paid_amount__gte=0),
                name="orders_line_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(coupon_discount__gte=0) & Q(coupon_discount__lte=F("discount")),
                name="orders_line_coupon_within_discount",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("paid_amount")),
                name="orders_line_refund_within_paid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} / {self.line_no}"

    @property
    def refundable_amount(self):
        """What may still be given back, in major units."""
        return self.paid_amount - self.refunded_amount


class Refund(MerchantScopedModel):
    """Money given back on one line. Once refunded, a fact: a correction is another row.

    A return that is itself returned (the goods went back to the customer, who paid again) is such a
    row: it `undoes` the refund, with the amount negated.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        REFUNDED = "refunded", _("refunded")
        REJECTED = "rejected", _("rejected")

    class Way(models.TextChoices):
        MONEY = "money", _("money back")
        GOODS = "goods", _("return goods, money back")

    refund_no = models.CharField(_("refund number"), max_length=64)
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, verbose_name=_("order line"), related_name="refunds"
    )
    quantity = models.PositiveIntegerField(_("quantity"), null=True, blank=True)
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    way = models.CharField(
        _("what is asked for"), max_length=8, choices=Way, blank=True, default="", db_default=""
    )
    undoes = models.OneToOneField(
        "self",
        models.PROTECT,
        verbose_name=_("undoes"),
        null=True,
        blank=True,
        related_name="undone_by",
    )
    requested_at = models.DateTimeField(pgettext_lazy("time", "requested"), default=timezone.now)
    refunded_at = models.DateTimeField(pgettext_lazy("time", "refunded"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "refund_no", "order_line"], name="orders_refund_no"
            ),
            models.CheckConstraint(
                condition=Q(undoes__isnull=True, amount__gt=0)
                | Q(undoes__isnull=False, amount__lt=0, status="refunded"),
                name="orders_refund_sign",
            ),
            models.CheckConstraint(
                condition=~Q(status="refunded") | Q(refunded_at__isnull=False),
                name="orders_refunded_has_time",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "refunded_at"], name="orders_refunded_at")]

    def __str__(self) -> str:
        return self.refund_no


class LevelGoods(MerchantScopedModel):
    """Goods of a level, a category with everything below it or one product.

    Either those its people may sell, where that is not everything, or those whose purchase counts
    among what the level asks for.
    """

    class Use(models.TextChoices):
        SELL = "sell", _("may be sold")
        COUNT = "count", _("purchases count")

    level = models.ForeignKey(
        Level, models.CASCADE, verbose_name=_("level"), related_name="goods_rows"
    )
    use = models.CharField(_("use"), max_length=5, choices=Use)
    category = models.ForeignKey(
        Category, models.CASCADE, verbose_name=_("category"), null=True, related_name="+"
    )
    product = models.ForeignKey(
        Product, models.CASCADE, verbose_name=_("product"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("goods of a level")
        verbose_name_plural = _("goods of levels")
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=True, product__isnull=False)
                | Q(category__isnull=False, product__isnull=True),
                name="orders_level_goods_one",
            ),
            models.UniqueConstraint(
                fields=["level", "use", "category"], name="orders_level_goods_category"
            ),
            models.UniqueConstraint(
                fields=["level", "use", "product"], name="orders_level_goods_product"
            ),
        ]

    def __str__(self) -> str:
        return str(self.category or self.product)


class ShippingProblem(MerchantScopedModel):
    """Why an order cannot be sent. Told to its distributor and its customer while it is open."""

    class Reason(models.TextChoices):
        STOCK = "stock", _("not in stock after all")
        DAMAGED = "damaged", _("damaged or flawed goods")
        REGION = "region", _("cannot be delivered to this place")
        ADDRESS = "address", _("the address is incomplete")
        CARRIER = "carrier", _("the carrier does not deliver at the moment")
        OTHER = "other", _("another reason")

    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), related_name="shipping_problems"
    )
    order_line = models.ForeignKey(
        OrderLine,
        models.PROTECT,
        verbose_name=_("order line"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the whole order."),
    )
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    note = models.CharField(_("what the customer should know"), max_length=200, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("reported by"),
        null=True,
        related_name="+",
    )
    reported_at = models.DateTimeField(_("reported"), default=timezone.now)
    resolution = models.CharField(_("how it was solved"), max_length=200, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField(_("solved"), null=True)

    class Meta:
        verbose_name = _("order that cannot be shipped")
        verbose_name_plural = _("orders that cannot be shipped")
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                name="orders_one_open_shipping_problem",
                condition=Q(resolved_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["merchant", "reported_at"],
                name="orders_open_shipping_problem",
                condition=Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_reason_display()}"
