"""The base of every model that belongs to a merchant."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager


class MerchantScopedModel(models.Model):
    """A row of one merchant. Using `objects` outside `scope(merchant=…)` raises ScopeError."""

    merchant = models.ForeignKey(
        "merchants.Merchant", models.PROTECT, verbose_name=_("merchant"), related_name="+"
    )

    objects = ScopedManager(merchant="merchant")

    class Meta:
        abstract = True
