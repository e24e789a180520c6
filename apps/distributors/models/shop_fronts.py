"""How a distributor's shop greets its customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.distributors.models.people import Distributor


class ShopFront(MerchantScopedModel):
    """A distributor's own words and picture; beside the tree, whose rows stay small."""

    distributor = models.OneToOneField(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="front"
    )
    title = models.CharField(_("shop's name"), max_length=40, blank=True)
    words = models.CharField(_("a few words to customers"), max_length=200, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)

    class Meta:
        verbose_name = _("shop front")
        verbose_name_plural = _("shop fronts")

    def __str__(self) -> str:
        return self.title or str(self.distributor)
