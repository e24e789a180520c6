"""How large a team one person alone may move."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.core.errors import Refused
from apps.distributors.models import MovePolicy
from apps.distributors.models.moves import DEFAULT_APPROVAL_ABOVE
from apps.merchants.models import Merchant

LARGEST = 1_000_000


class MovePolicyRefused(Refused):
    """The policy cannot be set so; nothing was changed."""


def approval_above(merchant: Merchant) -> int:
    """The largest team, its head included, that is moved without a second person. One query."""
    own = MovePolicy.objects.filter(merchant=merchant).values_list("approval_above", flat=True)
    found = own.first()
    return DEFAULT_APPROVAL_ABOVE if found is None else found


def save_move_policy(*, merchant: Merchant, approval_above: int) -> MovePolicy:
    """Set the largest team moved without approval; 0: every move is approved by somebody else.

    Moves that wait already keep what they were asked for under. Raises MovePolicyRefused below 0
    or above a million.
    """
    if not 0 <= approval_above <= LARGEST:
        raise MovePolicyRefused(
            _("Enter a number of people from 0 to %(largest)s.") % {"largest": LARGEST}
        )
    with scope(merchant=merchant), transaction.atomic():
        policy, _created = MovePolicy.objects.update_or_create(
            merchant=merchant, defaults={"approval_above": approval_above}
        )
    return policy
