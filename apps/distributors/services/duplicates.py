"""Two distributors share what is one person's: noted once, and cleared with a reason."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DuplicateFlag


class DuplicateRefused(Refused):
    """The mark cannot be cleared so; nothing was changed."""


def flag_duplicate(*, distributor: Distributor, other: Distributor, kind: str) -> DuplicateFlag:
    """Mark two people for somebody to look at; once, and never again after it was cleared."""
    first, second = sorted([distributor, other], key=lambda each: each.pk)
    flag, _created = DuplicateFlag.objects.get_or_create(
        merchant_id=distributor.merchant_id, kind=kind, first=first, second=second
    )
    return flag


@transaction.atomic
def clear_duplicate(*, flag: DuplicateFlag, reason: str, actor: User | None) -> DuplicateFlag:
    """Say why the two are in order. Raises DuplicateRefused without a reason or the second time."""
    reason = reason.strip()[:200]
    if not reason:
        raise DuplicateRefused(_("Give a reason."))
    locked = DuplicateFlag.objects.select_for_update().get(merchant_id=flag.merchant_id, pk=flag.pk)
    if locked.cleared_at is not None:
        raise DuplicateRefused(_("This has been cleared already."))
    locked.cleared_at, locked.cleared_by, locked.reason = timezone.now(), actor, reason
    locked.save(update_fields=["cleared_at", "cleared_by", "reason"])
    return locked
