"""Why a payout operation is refused, and who may start one."""

from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.errors import Refused


class PayoutRefused(Refused):
    """The operation does not fit the rules or the present state; nothing was changed."""


def require_permission(actor, permission: str, merchant) -> None:
    """Raises PayoutRefused unless the actor's role at `merchant` includes `permission`."""
    with scope(merchant=merchant):
        allowed = actor.has_perm(permission)
    if not allowed:
        raise PayoutRefused(_("Your role does not allow this. Ask finance or the owner."))


def require_reason(reason: str) -> str:
    """The reason without surrounding blanks. Raises PayoutRefused when it is empty or too long."""
    reason = reason.strip()
    if not reason:
        raise PayoutRefused(_("Say why: the distributor will read the reason."))
    if len(reason) > 200:
        raise PayoutRefused(_("The reason is longer than 200 characters."))
    return reason
