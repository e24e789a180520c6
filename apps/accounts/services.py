"""Making accounts, and the one-time link with which somebody sets a password."""

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.phones import normalise_phone


class AccountRefused(Refused):
    """No account can be made or found so; nothing was changed."""


def get_or_create_user(
    *, phone: str | None = None, email: str | None = None, name: str = ""
) -> User:
    """The user with this phone or e-mail; a new one has no password and cannot sign in yet.

    An existing user is returned as they are: nothing about them is changed. Raises AccountRefused
    for a phone or e-mail that is none, for neither, or when each belongs to somebody else.
    """
    identity = _identity(phone, email)
    found = _find(identity)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return User.objects.create_user(name=name.strip()[:80], **identity)
    except IntegrityError:
        # Somebody else made the account in the same instant.
        return _find(identity) or User.objects.get(**identity)


def claim_account(*, phone: str, name: str) -> User:
    """A new account for somebody who says that this number is theirs; nobody has vouched for it.

    Raises AccountRefused when there is an account of this number: its owner signs in instead.
    """
    identity = _identity(phone, None)
    if _find(identity) is not None:
        raise AccountRefused(_("This phone number has an account already."))
    try:
        with transaction.atomic():
            return User.objects.create_user(
                name=name.strip()[:80], is_phone_vouched=False, **identity
            )
    except IntegrityError as error:
        raise AccountRefused(_("This phone number has an account already.")) from error


def require_vouched(*, user: User, vouched: bool) -> None:
    """Let an account be given more by its number alone only if somebody vouches for the number.

    `vouched` says that somebody does so now, which is kept. Raises AccountRefused otherwise.
    """
    if user.is_phone_vouched:
        return
    if not vouched:
        raise AccountRefused(
            _(
                "The account of this number was opened on a public page, and nobody has proved "
                "that the number is theirs. Call the number, then confirm that you did."
            )
        )
    user.is_phone_vouched = True
    User.objects.filter(pk=user.pk).update(is_phone_vouched=True)


def _identity(phone: str | None, email: str | None) -> dict[str, str]:
    identity = {}
    if phone:
        normalised = normalise_phone(str(phone))
        if normalised is None:
            raise AccountRefused(_("“%(phone)s” is not a phone number.") % {"phone": phone})
        identity["phone"] = normalised
    if email:
        identity["email"] = email.strip().lower()
        try:
            validate_email(identity["email"])
        except ValidationError as error:
            raise AccountRefused(
                _("“%(email)s” is not an e-mail address.") % {"email": email}
            ) from error
    if not identity:
        raise AccountRefused(_("An account needs a phone number or an e-mail address."))
    return identity


def _find(identity: dict[str, str]) -> User | None:
    found = {
        user.pk: user
        for field, value in identity.items()
        for user in User.objects.filter(**{field: value})
    }
    if len(found) > 1:
        raise AccountRefused(
            _("The phone number and the e-mail address belong to two different accounts.")
        )
    return next(iter(found.values()), None)


def set_password_link(*, user: User) -> str:
    """The path of a page where `user` sets a password, once, within PASSWORD_RESET_TIMEOUT.

    Whoever holds it becomes that user: callers decide who may be given it. Raises AccountRefused
    for an account that is shut.
    """
    if not user.is_active:
        raise AccountRefused(_("The account of %(user)s is not active.") % {"user": user})
    uidb64 = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return reverse("account_welcome", kwargs={"uidb64": uidb64, "token": token})
