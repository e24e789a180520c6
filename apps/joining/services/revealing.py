"""Looking at a real name and an ID number: for a reason, and noted."""

from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.joining.models import IdentityReveal, Submission
from apps.joining.services.refusals import JoiningRefused

REVEAL = "joining.add_identityreveal"


class Identity(NamedTuple):
    """What is hidden everywhere else."""

    real_name: str
    id_number: str


@transaction.atomic
def reveal_identity(*, submission: Submission, reason: str, actor: User) -> Identity:
    """Show what was told in confidence, and note who looked and why.

    Raises JoiningRefused without the right or a reason, or when there is nothing to show.
    """
    with scope(merchant=submission.merchant):
        if not actor.has_perm(REVEAL):
            raise JoiningRefused(_("Your role does not allow this. Ask the owner."))
    reason = reason.strip()[:200]
    if not reason:
        raise JoiningRefused(_("Give a reason: it is kept with your name."))
    if not (submission.real_name or submission.id_number):
        raise JoiningRefused(_("Neither a real name nor an ID number was given."))
    IdentityReveal.objects.create(
        merchant_id=submission.merchant_id,
        submission=submission,
        revealed_by=actor,
        reason=reason,
    )
    return Identity(submission.real_name or "", submission.id_number or "")
