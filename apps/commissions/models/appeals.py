"""Appeals (申诉): a distributor says that an order should have counted for them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.commissions.models.earnings import Rebooking
from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.orders.models import Order


class Appeal(MerchantScopedModel):
    """One distributor's claim to one order: open, then answered once, with a reason, or withdrawn.

    Upheld, the order has been booked again for them; nothing that was booked is edited.
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("appeal", "open")
        UPHELD = "upheld", pgettext_lazy("appeal", "upheld")
        REJECTED = "rejected", pgettext_lazy("appeal", "rejected")
        WITHDRAWN = "withdrawn", pgettext_lazy("appeal", "withdrawn")

    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), related_name="appeals"
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="appeals"
    )
    reason = models.CharField(_("reason"), max_length=500)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    # Until when it could be opened, by the policy of the day.
    deadline = models.DateTimeField(_("could be opened until"))
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("answered by"),
        null=True,
        related_name="+",
    )
    rebooking = models.OneToOneField(
        Rebooking, models.PROTECT, verbose_name=_("rebooking"), null=True, related_name="appeal"
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "distributor"],
                condition=Q(status="open"),
                name="commissions_appeal_open_once",
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True, answer="")
                | Q(status="withdrawn", closed_at__isnull=False, answer="")
                | (Q(status__in=["upheld", "rejected"], closed_at__isnull=False) & ~Q(answer="")),
                name="commissions_appeal_answered",
            ),
            models.CheckConstraint(
                condition=Q(status="upheld", rebooking__isnull=False)
                | (~Q(status="upheld") & Q(rebooking__isnull=True)),
                name="commissions_appeal_rebooked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "status", "opened_at"], name="commissions_appeal_queue"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.distributor}"
