"""Somebody becomes a distributor."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor, DistributorEvent, Level
from apps.distributors.numbering import ROOT
from apps.distributors.services.banned import is_banned
from apps.distributors.services.locks import TreeBusyError, lock_as_parent, lock_tree_of
from apps.distributors.services.places import free_place, next_place
from apps.distributors.services.recruiting import check_may_recruit
from apps.merchants.models import Merchant


class RegistrationRefused(Refused):
    """This person cannot be registered so; nothing was changed."""


def register_distributor(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    phone: str | None = None,
    level: Level | None = None,
    parent: Distributor | None = None,
    joined_at: datetime | None = None,
    actor: User | None = None,
) -> Distributor:
    """A new active distributor under `parent`, or at the top; costs the same at any size of tree.

    `joined_at` is aware, default now. Raises RegistrationRefused for a code or phone already taken,
    a phone that is none or a banned person's, a parent who is not active, or a parent or level of
    another merchant; and RecruitingRefused where the parent's level allows no (further) direct
    distributor.
    """
    distributor = Distributor(
        merchant=merchant,
        code=code.strip(),
        name=name.strip(),
        phone=_checked_phone(phone),
        level=level,
        parent=parent,
        joined_at=joined_at or timezone.now(),
    )
    _check_texts(distributor)
    _check_walls(merchant, level, parent)
    with scope(merchant=merchant):
        _check_not_banned(distributor)
        try:
            _insert(distributor, actor)
        except IntegrityError as error:
            # The constraint is what keeps them apart; looking afterwards costs nobody else.
            _say_who_has_it(distributor)
            raise RegistrationRefused(
                _("This code or phone number has just been taken.")
            ) from error
    return distributor


def _checked_phone(phone: str | None) -> str | None:
    if not phone:
        return None
    normalised = normalise_phone(str(phone))
    if normalised is None:
        raise RegistrationRefused(_("“%(phone)s” is not a phone number.") % {"phone": phone})
    return normalised


def _check_texts(distributor: Distributor) -> None:
    for field, value in (("code", distributor.code), ("name", distributor.name)):
        longest = Distributor._meta.get_field(field).max_length
        if not value or len(value) > longest:
            label = Distributor._meta.get_field(field).verbose_name
            raise RegistrationRefused(
                _("%(field)s: give 1 to %(max)s characters.") % {"field": label, "max": longest}
            )


def _check_walls(merchant: Merchant, level: Level | None, parent: Distributor | None) -> None:
    if level is not None and level.merchant_id != merchant.pk:
        raise RegistrationRefused(_("This level belongs to another merchant."))
    if parent is not None and parent.merchant_id != merchant.pk:
        raise RegistrationRefused(_("This upline belongs to another merchant."))


def _check_not_banned(distributor: Distributor) -> None:
    if distributor.phone and is_banned(merchant=distributor.merchant, phone=distributor.phone):
        raise RegistrationRefused(
            _("Whoever has this phone number was banned here. Lift the ban first.")
        )


def _insert(distributor: Distributor, actor: User | None) -> None:
    # Nearly always the parent has room. Else what was locked so far must be let go first: two who
    # share a tree and both want it alone would wait for each other.
    for alone in (False, True):
        try:
            with transaction.atomic():
                if distributor.parent is None:
                    insert_root(distributor)
                else:
                    _insert_under(distributor, _lock_parent(distributor.parent, alone), alone)
                joined_event(distributor, actor).save(force_insert=True)
            return
        except TreeBusyError:
            continue
    raise AssertionError("alone in a tree there is always room")


def _lock_parent(parent: Distributor, alone: bool) -> Distributor:
    fresh = lock_tree_of(parent) if alone else lock_as_parent(parent)
    if not fresh.is_active:
        raise RegistrationRefused(
            _("%(parent)s is not active and cannot recruit.") % {"parent": fresh}
        )
    check_may_recruit(fresh)
    return fresh


def _insert_under(distributor: Distributor, parent: Distributor, alone: bool) -> None:
    place = next_place(parent) if alone else free_place(parent)
    if place is None:
        raise TreeBusyError
    distributor.parent = parent
    distributor.tree_id = parent.tree_id
    distributor.lft, distributor.rght, distributor.tree_depth = place
    insert_as_numbered([distributor])


def _say_who_has_it(distributor: Distributor) -> None:
    """Raises RegistrationRefused naming what is taken, where that can be told."""
    same = Q(code=distributor.code)
    if distributor.phone:
        same |= Q(phone=distributor.phone)
    for other in Distributor.objects.filter(same).order_by("pk"):
        if other.code == distributor.code:
            raise RegistrationRefused(
                _("The code %(code)s is already taken.") % {"code": other.code}
            )
        raise RegistrationRefused(
            _("The phone number %(phone)s already belongs to %(other)s.")
            % {"phone": other.phone, "other": other}
        )


def insert_root(distributor: Distributor) -> None:
    """Store a person at the top of a tree of their own, whose id is theirs: never taken twice."""
    distributor.lft, distributor.rght, distributor.tree_depth = ROOT
    distributor.tree_id = 0
    insert_as_numbered([distributor])
    distributor.tree_id = distributor.pk
    Distributor.objects.filter(pk=distributor.pk).update(tree_id=distributor.pk)


def insert_as_numbered(distributors: list[Distributor]) -> None:
    """Store people whose places are known, past mptt's own unlocked numbering in save()."""
    Distributor.objects.bulk_create(distributors, batch_size=500)


def joined_event(distributor: Distributor, actor: User | None) -> DistributorEvent:
    """The first entry of somebody's history: under whom, if anybody, they joined."""
    parent = distributor.parent
    return DistributorEvent(
        merchant_id=distributor.merchant_id,
        distributor=distributor,
        field=DistributorEvent.Field.JOINED,
        new_value=parent.code if parent else "",
        effective_at=distributor.joined_at,
        actor=actor,
    )
