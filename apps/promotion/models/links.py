"""Short links (推广链接) that distributors share: /r/<code>, on something of the merchant's."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import MerchantScopedModel
from apps.distributors.models import Distributor, new_shop_code
from apps.promotion.models.materials import Material


class PromoLink(MerchantScopedModel):
    """One distributor's link on one target, and on one material where it came with that.

    It names a target by kind and id, never an address: where it leads is worked out when it is
    opened (`selectors.targets`), and always inside the site. A further kind is one more choice here
    and one more entry there.
    """

    class Kind(models.TextChoices):
        SHOP = "shop", pgettext_lazy("link", "shop")
        PRODUCT = "product", pgettext_lazy("link", "product")
        CAMPAIGN = "campaign", pgettext_lazy("link", "campaign")
        INVITATION = "invitation", pgettext_lazy("link", "invitation")

    # Kinds of which a distributor has one only; the target id is 0.
    SINGLE = (Kind.SHOP.value, Kind.INVITATION.value)

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=new_shop_code, editable=False
    )
    distributor = models.ForeignKey(
        Distributor, models.PROTECT, verbose_name=_("distributor"), related_name="promo_links"
    )
    kind = models.CharField(pgettext_lazy("link", "leads to"), max_length=12, choices=Kind)
    target_id = models.PositiveBigIntegerField(_("target"), default=0)
    material = models.ForeignKey(
        Material,
        models.PROTECT,
        verbose_name=_("material"),
        null=True,
        blank=True,
        related_name="links",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("revoked by"),
        null=True,
        blank=True,
        related_name="+",
    )
    revoke_reason = models.CharField(_("why it was revoked"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("promo link")
        verbose_name_plural = _("promo links")
        constraints = [
            # NULLs differ from each other in an index, so links without a material have their own.
            models.UniqueConstraint(
                fields=["distributor", "kind", "target_id"],
                condition=Q(material__isnull=True, revoked_at__isnull=True),
                name="promotion_link_once",
            ),
            models.UniqueConstraint(
                fields=["distributor", "kind", "target_id", "material"],
                condition=Q(material__isnull=False, revoked_at__isnull=True),
                name="promotion_link_once_per_material",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["shop", "invitation"], target_id=0)
                | (~Q(kind__in=["shop", "invitation"]) & Q(target_id__gt=0)),
                name="promotion_link_target",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                name="promotion_link_revoked_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"/r/{self.code}"

    def is_open_at(self, moment: datetime) -> bool:
        """Whether it is neither revoked nor expired; its target is another question."""
        is_expired = self.expires_at is not None and self.expires_at <= moment
        return self.revoked_at is None and not is_expired
