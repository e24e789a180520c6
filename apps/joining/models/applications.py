"""Somebody asks to become a distributor, once or several times over."""

import secrets

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from encrypted_fields.fields import EncryptedCharField
from phonenumber_field.modelfields import PhoneNumberField

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor
from apps.merchants.models import Agreement
from apps.orders.models import Order


def new_reference() -> str:
    """144 random bits: who has it reads the application's page, and nobody guesses it."""
    return secrets.token_urlsafe(18)


def private_storage() -> Storage:
    """Where attachments lie: below no address of the site."""
    return storages["private"]


class Application(MerchantScopedModel):
    """One person's way to becoming a distributor of one merchant; one open at a time."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("awaiting review")
        CHANGES = "changes", _("changes asked for")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")

    reference = models.CharField(
        _("reference"), max_length=32, unique=True, default=new_reference, editable=False
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    phone = PhoneNumberField(_("phone"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("signed in as"),
        null=True,
        blank=True,
        related_name="+",
    )
    invited_by = models.ForeignKey(
        Distributor,
        models.PROTECT,
        verbose_name=_("invited by"),
        null=True,
        blank=True,
        related_name="invited_applications",
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        verbose_name=_("order"),
        null=True,
        blank=True,
        related_name="+",
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SUBMITTED)
    is_flagged = models.BooleanField(_("possible duplicate"), default=False)
    created_at = models.DateTimeField(_("first submitted"), default=timezone.now)
    submitted_at = models.DateTimeField(_("last submitted"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    distributor = models.OneToOneField(
        Distributor,
        models.PROTECT,
        verbose_name=_("distributor"),
        null=True,
        blank=True,
        related_name="application",
    )

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "phone"],
                condition=Q(status__in=["submitted", "changes"]),
                name="joining_one_open_application",
            ),
            models.UniqueConstraint(
                fields=["merchant", "user"],
                condition=Q(status__in=["submitted", "changes"]),
                name="joining_one_open_per_account",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", distributor__isnull=False)
                | (~Q(status="approved") & Q(distributor__isnull=True)),
                name="joining_approved_has_distributor",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-submitted_at"], name="joining_application_newest")
        ]

    def __str__(self) -> str:
        return f"{self.name} (A{self.pk})"

    @property
    def is_open(self) -> bool:
        """Whether it can still be decided or changed."""
        return self.status in OPEN_STATUSES


OPEN_STATUSES = (Application.Status.SUBMITTED, Application.Status.CHANGES)


class Submission(MerchantScopedModel):
    """What was filled in, each time: appended, never edited.

    Real name and ID number are encrypted at rest. Equal ID numbers are found by a keyed hash.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, verbose_name=_("application"), related_name="submissions"
    )
    number = models.PositiveIntegerField(_("submission"))
    request_key = models.CharField(max_length=64, editable=False)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    answers = models.JSONField(_("answers"), default=dict)
    is_adult = models.BooleanField(_("confirmed to be 18 or older"))
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    real_name = EncryptedCharField(_("real name"), max_length=80, null=True, blank=True)
    id_number = EncryptedCharField(_("ID number"), max_length=18, null=True, blank=True)
    id_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_tail = models.CharField(max_length=4, blank=True, editable=False)
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        verbose_name=_("agreed to"),
        null=True,
        blank=True,
        related_name="+",
    )
    address_hash = models.CharField(_("address (hashed)"), max_length=64, blank=True)
    device = models.CharField(_("device"), max_length=40, blank=True)
    duplicates = models.JSONField(_("possible duplicates"), default=list)
    submitted_at = models.DateTimeField(_("submitted"), default=timezone.now)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "number"], name="joining_submission_number"
            ),
            models.UniqueConstraint(
                fields=["merchant", "request_key"], name="joining_submission_once"
            ),
            models.CheckConstraint(condition=Q(is_adult=True), name="joining_adults_only"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "id_hash"],
                condition=~Q(id_hash=""),
                name="joining_submission_id_hash",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} / {self.number}"


class Attachment(MerchantScopedModel):
    """A picture or PDF that came with a submission. Only the merchant's staff may open it."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("picture")
        PDF = "pdf", "PDF"

    submission = models.ForeignKey(
        Submission, models.PROTECT, verbose_name=_("submission"), related_name="attachments"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(_("file"), storage=private_storage, upload_to="applications/")
    size = models.PositiveIntegerField(_("size in bytes"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
