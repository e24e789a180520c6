"""The people who buy."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel


class Customer(MerchantScopedModel):
    """Someone who buys: known by a phone or any identifier the merchant uses."""

    identifier = models.CharField(_("customer"), max_length=80)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "identifier"], name="distributors_customer_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.identifier
