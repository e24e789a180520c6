"""Evidence: screenshots and papers of the merchant and of the distributor."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.attachments import IMAGE, PDF, private_storage
from apps.core.models import MerchantScopedModel
from apps.price_control.models.appeals import Appeal
from apps.price_control.models.violations import Violation


class ViolationFile(MerchantScopedModel):
    """A picture or PDF that came with a violation or with its appeal; read through a view only."""

    class Kind(models.TextChoices):
        IMAGE = IMAGE, _("picture")
        PDF = PDF, "PDF"

    violation = models.ForeignKey(
        Violation, models.PROTECT, verbose_name=_("violation"), related_name="files"
    )
    # None: evidence of the merchant's.
    appeal = models.ForeignKey(
        Appeal,
        models.PROTECT,
        verbose_name=_("appeal"),
        null=True,
        blank=True,
        related_name="files",
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(_("file"), storage=private_storage, upload_to="violations/")
    size = models.PositiveIntegerField(_("size in bytes"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["image", "pdf"]), name="price_control_file_kind"
            )
        ]

    def __str__(self) -> str:
        return self.name
