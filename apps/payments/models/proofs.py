"""Transfers outside the site, and the pictures that show them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.attachments import IMAGE, PDF, private_storage
from apps.core.models import MerchantScopedModel
from apps.orders.models import Order
from apps.payments.models.payments import Payment


class TransferProof(MerchantScopedModel):
    """A customer says that they have transferred the money; somebody looks at the account."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("to be looked at")
        APPROVED = "approved", _("the money has arrived")
        REJECTED = "rejected", _("rejected")

    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), related_name="transfer_proofs"
    )
    payer_name = models.CharField(_("account holder"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    request_key = models.CharField(max_length=64, editable=False)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.SUBMITTED)
    submitted_at = models.DateTimeField(pgettext_lazy("time", "sent"), default=timezone.now)
    payment = models.OneToOneField(
        Payment,
        models.PROTECT,
        verbose_name=_("payment"),
        null=True,
        blank=True,
        related_name="proof",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("looked at by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("proof of transfer")
        verbose_name_plural = _("proofs of transfer")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "request_key"], name="payments_proof_request_key"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="submitted"), name="payments_proof_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="submitted", decided_at__isnull=True)
                | (~Q(status="submitted") & Q(decided_at__isnull=False)),
                name="payments_proof_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order)


class ProofFile(MerchantScopedModel):
    """A picture or PDF of a transfer; read through a view only."""

    class Kind(models.TextChoices):
        IMAGE = IMAGE, _("picture")
        PDF = PDF, "PDF"

    proof = models.ForeignKey(
        TransferProof, models.PROTECT, verbose_name=_("proof of transfer"), related_name="files"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(_("file"), storage=private_storage, upload_to="transfers/")
    size = models.PositiveIntegerField(_("size in bytes"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("file of a transfer")
        verbose_name_plural = _("files of transfers")

    def __str__(self) -> str:
        return self.name
