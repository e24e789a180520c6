"""The base of every model that belongs to a merchant."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager


def merchant_key(*, db_index: bool = True) -> models.ForeignKey:
    """Whose row it is. A big table with an index that begins with it needs no other."""
    return models.ForeignKey(
        "merchants.Merchant",
        models.PROTECT,
        verbose_name=_("merchant"),
        related_name="+",
        db_index=db_index,
    )


class MerchantScopedModel(models.Model):
    """A row of one merchant. Using `objects` outside `scope(merchant=…)` raises ScopeError."""

    merchant = merchant_key()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        abstract = True
