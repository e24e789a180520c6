"""A drift in the books stops payouts until someone has looked (design §4)."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.payouts.models import PayoutFreeze
from apps.payouts.services.refusals import PayoutRefused, require_permission, require_reason

CLEAR = "payouts.change_payoutfreeze"
FAULTS_KEPT = 20


@transaction.atomic
def freeze_payouts(*, merchant, faults: Sequence[str]) -> PayoutFreeze:
    """Stop the merchant's payouts, keeping the first faults; one stop at a time is enough."""
    freeze, _created = PayoutFreeze.objects.get_or_create(
        merchant=merchant,
        cleared_at=None,
        defaults={"faults": "\n".join(faults[:FAULTS_KEPT])},
    )
    return freeze


@transaction.atomic
def clear_freeze(*, freeze: PayoutFreeze, actor, reason: str) -> PayoutFreeze:
    """Let payouts go on, with a reason. Raises PayoutRefused without the right or if it is over."""
    reason = require_reason(reason)
    freeze = PayoutFreeze.objects.select_for_update().get(pk=freeze.pk)
    require_permission(actor, CLEAR, freeze.merchant)
    if freeze.cleared_at is not None:
        raise PayoutRefused(_("This stop has been cleared already."))
    freeze.cleared_at, freeze.cleared_by, freeze.reason = timezone.now(), actor, reason
    freeze.save(update_fields=["cleared_at", "cleared_by", "reason"])
    return freeze


def require_not_frozen(merchant) -> None:
    """Raises PayoutRefused while the merchant's payouts are stopped."""
    if PayoutFreeze.objects.filter(merchant=merchant, cleared_at=None).exists():
        raise PayoutRefused(
            _("Payouts are stopped: reconciling found a fault. The owner must look at it first.")
        )
