"""Banned people (拉黑): out for good at one merchant, and known again by what is theirs."""

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Ban, BannedIdentity, Distributor
from apps.distributors.services.banned import id_number_hash, phone_hash
from apps.distributors.services.locks import lock_tree_of
from apps.distributors.services.standing import terminate_distributor

Kind = BannedIdentity.Kind
ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


class BanRefused(Refused):
    """The ban cannot be set or lifted so; nothing was changed."""


def ban_distributor(
    *,
    distributor: Distributor,
    reason: str,
    actor: User | None,
    id_number: str = "",
    id_hashes: Iterable[str] = (),
    team_moves_up: bool | None = None,
) -> Ban:
    """Terminate the person, if they are not yet, and keep them out by their phone and ID number.

    Kept are keyed hashes; `id_hashes` are such hashes already, from papers handed in. Raises
    BanRefused without a reason, for somebody banned already or a number that cannot be one;
    StandingRefused as `terminate_distributor` does.
    """
    reason = _checked_reason(reason)
    number = _checked_id_number(id_number)
    with scope(merchant=distributor.merchant), transaction.atomic():
        fresh = lock_tree_of(distributor)
        if Ban.objects.filter(distributor=fresh, lifted_at__isnull=True).exists():
            raise BanRefused(_("%(person)s is banned already.") % {"person": fresh})
        if fresh.status != Distributor.Status.TERMINATED:
            terminate_distributor(
                distributor=distributor, reason=reason, actor=actor, team_moves_up=team_moves_up
            )
        ban = Ban.objects.create(
            merchant=fresh.merchant, distributor=fresh, reason=reason, banned_by=actor
        )
        known = {(Kind.ID_NUMBER, each) for each in id_hashes if each}
        if number:
            known.add((Kind.ID_NUMBER, id_number_hash(fresh.merchant, number)))
        if fresh.phone:
            known.add((Kind.PHONE, phone_hash(fresh.merchant, str(fresh.phone))))
        BannedIdentity.objects.bulk_create(
            BannedIdentity(merchant=fresh.merchant, ban=ban, kind=kind, value_hash=value)
            for kind, value in sorted(known)
        )
    return ban


def lift_ban(*, ban: Ban, reason: str, actor: User | None) -> Ban:
    """Let the person sign in and join again; they stay terminated.

    Raises BanRefused without a reason, or when it was lifted already.
    """
    reason = _checked_reason(reason)
    with scope(merchant=ban.merchant), transaction.atomic():
        locked = Ban.objects.select_for_update().get(pk=ban.pk)
        if not locked.is_open:
            raise BanRefused(_("This ban has been lifted already."))
        locked.lifted_at, locked.lifted_by, locked.lift_reason = timezone.now(), actor, reason
        locked.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    return locked


def _checked_reason(reason: str) -> str:
    reason = reason.strip()[:200]
    if not reason:
        raise BanRefused(_("Give a reason."))
    return reason


def _checked_id_number(text: str) -> str:
    number = "".join(text.split()).upper()
    if number and not ID_NUMBER.fullmatch(number):
        raise BanRefused(
            _("A resident ID number has 18 characters: 17 digits and a digit or an X.")
        )
    return number
