"""What a distributor agrees to (分销协议), version by version, and who agreed to which."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refused
from apps.core.models import MerchantScopedModel


class Agreement(MerchantScopedModel):
    """One version of the distributors' agreement: a draft until it is published, fixed afterwards.

    The newest published version is the one in force. A trigger keeps published rows as they are.
    """

    number = models.PositiveIntegerField(_("version"), null=True, editable=False)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "number"], name="merchants_agreement_number"
            ),
            models.UniqueConstraint(
                fields=["merchant"],
                condition=Q(published_at__isnull=True),
                name="merchants_one_agreement_draft",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, number__isnull=True)
                | Q(published_at__isnull=False, number__gte=1),
                name="merchants_agreement_published_has_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.version_name}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.published_at is None

    @property
    def version_name(self) -> str:
        """“Version 3”, or that it is none yet."""
        if self.number is None:
            return gettext("draft")
        return gettext("version %(number)s") % {"number": self.number}

    def delete(self, *args, **kwargs):
        """Raises Refused for a published version: somebody may have agreed to it."""
        if not self.is_draft:
            raise Refused(_("A published agreement stays. Publish a new version instead."))
        return super().delete(*args, **kwargs)


class AgreementAcceptance(MerchantScopedModel):
    """Who agreed to which version, when and from where: evidence, appended and never edited.

    Of the address only a keyed hash is kept: it shows whether two acceptances came from one place
    and proves an address that is named, but tells nobody's whereabouts.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, verbose_name=_("agreement"), related_name="acceptances"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("accepted by"),
        related_name="agreement_acceptances",
    )
    accepted_at = models.DateTimeField(_("accepted"), default=timezone.now)
    address_hash = models.CharField(_("address (hashed)"), max_length=64, blank=True)
    device = models.CharField(_("device"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("agreement acceptance")
        verbose_name_plural = _("agreement acceptances")
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "user"], name="merchants_agreement_accepted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.agreement}"

    @property
    def address_mark(self) -> str:
        """Enough of the hash to see whether two acceptances came from one address."""
        return self.address_hash[:12]
