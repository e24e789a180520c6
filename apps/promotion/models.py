"""Whose order it is, and how that came about."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.orders.models import Order


class Attribution(MerchantScopedModel):
    """Written once per paid order: who earned it, and the upline as it stood when it was paid.

    `chain` is that upline from depth 1 up, each with id, code, level code and standing; people who
    are not active are kept in it, so that who was skipped and why can be shown for ever.
    """

    class Method(models.TextChoices):
        ORDER = "order", _("named on the order")
        SELF_PURCHASE = "self_purchase", _("bought by the distributor, who earns it")
        SELF_TO_PARENT = "self_to_parent", _("bought by the distributor, given to the upline")
        NONE = "none", _("no distributor")

    order = models.OneToOneField(
        Order, models.PROTECT, verbose_name=_("order"), related_name="attribution"
    )
    distributor = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("distributor"),
        null=True,
        related_name="attributions",
    )
    method = models.CharField(_("how"), max_length=16, choices=Method)
    chain = models.JSONField(_("upline when paid"), default=list)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("attribution")
        verbose_name_plural = _("attributions")

    def __str__(self) -> str:
        return f"{self.order} → {self.distributor or '—'}"
