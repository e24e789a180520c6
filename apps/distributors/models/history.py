"""What happened to a distributor, and when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models.people import Distributor


class DistributorEvent(MerchantScopedModel):
    """One dated fact about a distributor, appended and never edited.

    It tells what was true when an order was paid.
    """

    class Field(models.TextChoices):
        JOINED = "joined", _("joined")
        LEVEL = "level", _("level changed")
        STATUS = "status", _("standing changed")
        PARENT = "parent", _("upline changed")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="events"
    )
    field = models.CharField(_("what"), max_length=10, choices=Field)
    old_value = models.CharField(_("before"), max_length=64, blank=True)
    new_value = models.CharField(_("after"), max_length=64, blank=True)
    effective_at = models.DateTimeField(_("effective"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("distributor event")
        verbose_name_plural = _("distributor events")
        indexes = [
            models.Index(fields=["distributor", "effective_at"], name="distributors_event_time"),
            # Who once stood under somebody: the tree of a past day.
            models.Index(
                fields=["merchant", "old_value", "effective_at"],
                condition=models.Q(field="parent"),
                name="distributors_event_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.old_value} → {self.new_value}"
