"""Short links (推广链接): one per distributor, target and material, until it is revoked."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.distributors.models import Distributor
from apps.promotion.models import Material, PromoLink
from apps.promotion.selectors.targets import find_target
from apps.promotion.services.refusals import PromotionRefused

LONGEST_REASON = 200


@transaction.atomic
def ensure_link(
    *,
    distributor: Distributor,
    kind: str,
    target_id: int = 0,
    material: Material | None = None,
    expires_at: datetime | None = None,
) -> PromoLink:
    """The distributor's link on a target, made when it is asked for first; the same ever after.

    `expires_at` counts for a new link only. Inside the merchant's scope. Raises PromotionRefused
    for a distributor who is not active, for what cannot be shared, and for material of others.
    """
    if not distributor.is_active:
        raise PromotionRefused(
            _("You cannot share while your account is not active. Ask the merchant.")
        )
    if material is not None and material.merchant_id != distributor.merchant_id:
        raise PromotionRefused(_("This material belongs to another merchant."))
    if find_target(distributor=distributor, kind=kind, target_id=target_id) is None:
        raise PromotionRefused(
            _("This cannot be shared at the moment: it is not for sale, or not for your level.")
        )
    # The unique index decides between two who ask at once; both get the same row.
    link, _made = PromoLink.objects.get_or_create(
        merchant_id=distributor.merchant_id,
        distributor=distributor,
        kind=kind,
        target_id=target_id,
        material=material,
        revoked_at=None,
        defaults={"expires_at": expires_at},
    )
    return link


@transaction.atomic
def revoke_link(*, link: PromoLink, reason: str, actor: User | None) -> PromoLink:
    """Switch a code off for good: who opens it is told so, and its figures stay.

    The next time the distributor shares the target, a new code is made. Raises PromotionRefused
    without a reason, and for a link that is revoked already.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise PromotionRefused(_("Give a reason of at most 200 characters."))
    locked = PromoLink.objects.select_for_update().get(pk=link.pk)
    if locked.revoked_at is not None:
        raise PromotionRefused(_("This link is revoked already."))
    locked.revoked_at, locked.revoked_by, locked.revoke_reason = timezone.now(), actor, reason
    locked.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    return locked
