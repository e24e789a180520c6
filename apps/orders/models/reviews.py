"""What customers hand in with an order: pictures of a return, and what they think of the goods."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.attachments import IMAGE, PDF, private_storage
from apps.core.models import MerchantScopedModel
from apps.orders.models.orders import OrderLine, Refund
from apps.products.models import Product

KINDS = [(IMAGE, _("picture")), (PDF, "PDF")]


class RefundFile(MerchantScopedModel):
    """A picture or PDF that came with a customer's request; read through a view only."""

    refund = models.ForeignKey(
        Refund, models.PROTECT, verbose_name=_("refund"), related_name="files"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=KINDS)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(_("file"), storage=private_storage, upload_to="refunds/")
    size = models.PositiveIntegerField(_("size in bytes"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("picture of a return")
        verbose_name_plural = _("pictures of returns")

    def __str__(self) -> str:
        return self.name


class Review(MerchantScopedModel):
    """One to five stars and words about goods that somebody bought and received; once per line.

    Other customers see it once somebody of the merchant's has let it through.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("review", "waiting")
        SHOWN = "shown", pgettext_lazy("review", "shown")
        HIDDEN = "hidden", pgettext_lazy("review", "hidden")

    order_line = models.OneToOneField(
        OrderLine, models.PROTECT, verbose_name=_("order line"), related_name="review"
    )
    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("product"), related_name="reviews"
    )
    stars = models.PositiveSmallIntegerField(
        _("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    words = models.CharField(_("words"), max_length=500, blank=True)
    author = models.CharField(_("author"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("product review")
        verbose_name_plural = _("product reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5), name="orders_review_stars"
            )
        ]
        indexes = [
            models.Index(
                fields=["product", "-written_at"],
                condition=Q(status="shown"),
                name="orders_reviews_shown",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.stars}"


class ReviewFile(MerchantScopedModel):
    """A picture with a review; others see it while the review is shown."""

    review = models.ForeignKey(
        Review, models.PROTECT, verbose_name=_("product review"), related_name="files"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=KINDS)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(_("file"), storage=private_storage, upload_to="reviews/")
    size = models.PositiveIntegerField(_("size in bytes"))

    class Meta:
        verbose_name = _("picture of a review")
        verbose_name_plural = _("pictures of reviews")

    def __str__(self) -> str:
        return self.name
