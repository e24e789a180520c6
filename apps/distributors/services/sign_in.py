"""A distributor gets an account to sign in with."""

from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from apps.accounts.models import User
from apps.accounts.services import get_or_create_user, require_vouched, set_password_link
from apps.core.errors import Refused
from apps.distributors.models import Ban, Distributor
from apps.merchants.models import StaffMembership


class SignInRefused(Refused):
    """This person cannot be given a sign-in so; nothing was changed."""


class SignIn(NamedTuple):
    """An account, and the path on which its owner sets a password, once.

    `link` is empty when the account is not this merchant's alone: its owner signs in with the
    password they have, and one merchant's staff must not be able to take it over.
    """

    user: User
    link: str


def give_sign_in(*, distributor: Distributor, actor: User | None, vouched: bool = False) -> SignIn:
    """Link the distributor with the account of their phone, made if missing; see `SignIn`.

    A distributor already linked keeps their account, whatever their phone is now. Raises
    SignInRefused without a phone, when the account is another distributor's of this merchant, and
    for people terminated or banned; AccountRefused for an account that is shut, and for one whose
    owner only claims the number, unless `vouched`.
    """
    merchant = distributor.merchant
    try:
        with scope(merchant=merchant), transaction.atomic():
            fresh = Distributor.objects.select_for_update(no_key=True).get(pk=distributor.pk)
            _check_not_banned(fresh)
            user = fresh.user or _account_of_phone(fresh, vouched)
            link = set_password_link(user=user) if _is_theirs_alone(user, fresh) else ""
            Distributor.objects.filter(pk=fresh.pk).update(user=user)
    except IntegrityError as error:
        raise SignInRefused(_("This account has just been linked.")) from error
    distributor.user = user
    return SignIn(user, link)


def _check_not_banned(distributor: Distributor) -> None:
    if Ban.objects.filter(distributor=distributor, lifted_at__isnull=True).exists():
        raise SignInRefused(
            _("%(person)s is banned. Lift the ban first.") % {"person": distributor}
        )


def _account_of_phone(distributor: Distributor, vouched: bool) -> User:
    if distributor.status == Distributor.Status.TERMINATED:
        raise SignInRefused(_("%(person)s has been terminated.") % {"person": distributor})
    if not distributor.phone:
        raise SignInRefused(
            _("%(person)s has no phone number. Enter one first.") % {"person": distributor}
        )
    user = get_or_create_user(phone=str(distributor.phone), name=distributor.name)
    require_vouched(user=user, vouched=vouched)
    other = Distributor.objects.filter(user=user).exclude(pk=distributor.pk).first()
    if other is not None:
        raise SignInRefused(
            _("The account of this phone number belongs to %(other)s.") % {"other": other}
        )
    return user


def _is_theirs_alone(user: User, distributor: Distributor) -> bool:
    """Whether the account opens nothing but this one person's pages."""
    if user.is_superuser:
        return False
    with scopes_disabled():
        staff = StaffMembership.objects.filter(user=user).exists()
        elsewhere = Distributor.objects.filter(user=user).exclude(pk=distributor.pk).exists()
    return not staff and not elsewhere


def first_password_link(*, distributor: Distributor) -> str:
    """Where somebody who has just joined sets their first password; empty once they have one.

    Empty as well for an account that opens anything else: holding the link of an application must
    not be enough to become somebody.
    """
    user = distributor.user
    if user is None or not user.is_active or user.has_usable_password():
        return ""
    return set_password_link(user=user) if _is_theirs_alone(user, distributor) else ""


def give_staff_sign_in(*, membership: StaffMembership) -> SignIn:
    """A link with which a new member of staff sets their first password; see `SignIn`.

    There is no link for somebody who has a password, and none for an account that opens more than
    this merchant: nobody may take over, or act as, a colleague.
    """
    user = membership.user
    with scopes_disabled():
        elsewhere = (
            StaffMembership.objects.filter(user=user).exclude(pk=membership.pk).exists()
            or Distributor.objects.filter(user=user).exists()
        )
    if user.is_superuser or user.has_usable_password() or elsewhere:
        return SignIn(user, "")
    return SignIn(user, set_password_link(user=user))
