"""The pictures of a product, in their order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import MerchantScopedModel
from apps.products.models.catalogue import THUMB_SIZE, Product, scaled_url, srcset_of


class ProductPicture(MerchantScopedModel):
    """One picture. The product's `image` is the first of them."""

    product = models.ForeignKey(
        Product, models.CASCADE, verbose_name=_("product"), related_name="pictures"
    )
    position = models.PositiveIntegerField(_("position"))
    alt = models.CharField(
        _("what it shows"),
        max_length=120,
        blank=True,
        help_text=_("Read out to those who cannot see it; empty: the product's name."),
    )
    file = models.FileField(_("picture"), upload_to="products/", editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    # SHA-256 of what was handed in and of the file: the same picture again is no change.
    source_hash = models.CharField(max_length=64, blank=True, editable=False)
    file_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.product} {self.position}"

    @property
    def file_name(self) -> str:
        """The name it is stored under, without the folder."""
        return self.file.name.rsplit("/", 1)[-1]

    @property
    def srcset(self) -> str:
        """Its sizes for the browser to choose from; empty for a picture of one size."""
        return srcset_of(self.file, self.width, self.height)

    @property
    def small_url(self) -> str:
        """The address of its smallest size."""
        return scaled_url(self.file, THUMB_SIZE)
