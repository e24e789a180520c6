"""Coupons (优惠券): codes that take something off an order, and who used them."""

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.core.fields import MoneyField, RateField
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Customer, Distributor
from apps.orders.models.orders import Order
from apps.products.models import Category, Product

CODE_LENGTH = 32


class Coupon(MerchantScopedModel):
    """A code, what it takes off, and for whom, when and how often."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("fixed amount")
        PERCENT = "percent", _("percentage")

    # Capitals, as `coupon_code` writes it: typed small it is the same code.
    code = models.CharField(
        pgettext_lazy("coupon", "code"),
        max_length=CODE_LENGTH,
        help_text=_("What customers type at checkout: letters, digits and hyphens."),
    )
    name = models.CharField(
        _("name"), max_length=80, help_text=_("For yourself and your distributors.")
    )
    kind = models.CharField(_("takes off"), max_length=7, choices=Kind, default=Kind.AMOUNT)
    amount = MoneyField(_("amount off"), null=True, blank=True, help_text=_("Of a fixed amount."))
    percent = RateField(
        _("percent off"),
        null=True,
        blank=True,
        help_text=_("Of a percentage: 10 takes a tenth off."),
    )
    cap = MoneyField(
        _("at most"), null=True, blank=True, help_text=_("Of a percentage. Empty: no limit.")
    )
    minimum = MoneyField(
        _("minimum spend"),
        default=0,
        help_text=_("What the goods it is for come to, after other discounts, without shipping."),
    )
    starts_at = models.DateTimeField(_("valid from"), default=timezone.now)
    ends_at = models.DateTimeField(
        _("valid until"), null=True, blank=True, help_text=_("Empty: until you stop it.")
    )
    total_uses = models.PositiveIntegerField(
        _("uses in all"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
        help_text=_("Empty: any number."),
    )
    uses_per_customer = models.PositiveIntegerField(
        _("uses per customer"),
        null=True,
        blank=True,
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("Empty: any number. A customer is a phone number."),
    )
    first_order_only = models.BooleanField(
        _("first order only"),
        default=False,
        help_text=_("For customers without an order here before; cancelled ones do not count."),
    )
    shop = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("shop of"),
        null=True,
        blank=True,
        related_name="coupons",
        help_text=_(
            "It works in this distributor's shop alone, and names them as their invite code "
            "would. Empty: all shops."
        ),
    )
    is_announced = models.BooleanField(
        _("shown to distributors"),
        default=True,
        help_text=_("They find it among their tools and pass the code on."),
    )
    # How many uses stand: those of cancelled orders were given back.
    used = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    stopped_at = models.DateTimeField(
        pgettext_lazy("coupon", "stopped"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    history = HistoricalRecords(related_name="versions", excluded_fields=["used"])

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="orders_coupon_code"),
            models.CheckConstraint(
                condition=Q(
                    kind="amount", amount__isnull=False, amount__gt=0, percent=None, cap=None
                )
                | Q(
                    kind="percent",
                    amount=None,
                    percent__isnull=False,
                    percent__gt=0,
                    percent__lte=100,
                ),
                name="orders_coupon_takes_one_thing_off",
                violation_error_message=_(
                    "A fixed amount has an amount and nothing else; a percentage has a percent "
                    "from 0.01 to 100, and a limit if you like."
                ),
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0) & (Q(cap=None) | Q(cap__gt=0)),
                name="orders_coupon_bounds",
                violation_error_message=_("Minimum and limit are amounts above zero, or empty."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="orders_coupon_ends_after_start",
                violation_error_message=_("A coupon ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(total_uses=None) | Q(used__lte=F("total_uses")),
                name="orders_coupon_within_uses",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-created_at"], name="orders_coupons_newest")]

    def __str__(self) -> str:
        return self.code

    def state_at(self, at: datetime) -> str:
        """planned, running, used_up, ended or stopped."""
        if self.stopped_at is not None and self.stopped_at <= at:
            return "stopped"
        if self.ends_at is not None and at >= self.ends_at:
            return "ended"
        if at < self.starts_at:
            return "planned"
        is_used_up = self.total_uses is not None and self.used >= self.total_uses
        return "used_up" if is_used_up else "running"


class CouponGoods(MerchantScopedModel):
    """Goods a coupon is for: a category with everything below it, or one product."""

    coupon = models.ForeignKey(
        Coupon, models.CASCADE, verbose_name=_("coupon"), related_name="goods"
    )
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        verbose_name=_("category"),
        null=True,
        blank=True,
        related_name="+",
    )
    product = models.ForeignKey(
        Product,
        models.CASCADE,
        verbose_name=_("product"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("goods of a coupon")
        verbose_name_plural = _("goods of coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=True, product__isnull=False)
                | Q(category__isnull=False, product__isnull=True),
                name="orders_coupon_goods_one",
                violation_error_message=_(
                    "Choose a category or a product, one of them in each row."
                ),
            ),
            models.UniqueConstraint(
                fields=["coupon", "category"], name="orders_coupon_goods_category"
            ),
            models.UniqueConstraint(
                fields=["coupon", "product"], name="orders_coupon_goods_product"
            ),
        ]

    def __str__(self) -> str:
        return str(self.category or self.product)


class CouponUse(MerchantScopedModel):
    """An order that was placed with a coupon, and what that took off. Given back, it is free again.

    `number` counts the uses of one customer that stand: two of the same number cannot.
    """

    coupon = models.ForeignKey(
        Coupon, models.PROTECT, verbose_name=_("coupon"), related_name="uses"
    )
    order = models.OneToOneField(
        Order, models.PROTECT, verbose_name=_("order"), related_name="coupon_use"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), related_name="coupon_uses"
    )
    number = models.PositiveIntegerField()
    discount = MoneyField(_("took off"))
    used_at = models.DateTimeField(_("used"), default=timezone.now)
    returned_at = models.DateTimeField(pgettext_lazy("coupon", "given back"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "customer", "number"],
                condition=Q(returned_at=None),
                name="orders_coupon_use_once",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(discount__gt=0), name="orders_coupon_use_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} → {self.order}"
