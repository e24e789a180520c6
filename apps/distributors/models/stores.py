"""Places where orders are picked up."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models.people import Distributor


class Store(MerchantScopedModel):
    """A place where customers pick their orders up, kept by a distributor who is paid for it."""

    code = models.CharField(_("store code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    keeper = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("kept by"), related_name="stores"
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    is_active = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="distributors_store_code")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
