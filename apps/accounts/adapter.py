"""Sign-in by phone or e-mail through django-allauth. Accounts are made by operators only."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import get_client_ip
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.phones import normalise_phone


def sign_in_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """One spelling of who tries to sign in, so that limits count 138… and +86 138… together."""
    credentials = credentials or {}
    typed = credentials.get("phone") or credentials.get("email") or credentials.get("username")
    if not typed:
        typed = request.POST.get("login", "")
    return normalise_phone(typed) or typed.strip().lower()


def client_ip(request: HttpRequest) -> str | None:
    """The address behind TRUSTED_PROXY_COUNT proxies: the same for both sign-in limits."""
    return get_client_ip(request)


class PhoneField(forms.CharField):
    """Accepts a number as people type it, with or without a country code; cleans to E.164."""

    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        phone = normalise_phone(cleaned) if cleaned else cleaned
        if phone is None:
            raise ValidationError(_("Enter a valid phone number."), code="invalid_phone")
        return phone


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks about our users."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "The phone number, e-mail address or password is not correct."
        ),
        "phone_password_mismatch": _(
            "The phone number, e-mail address or password is not correct."
        ),
        "email_password_mismatch": _(
            "The phone number, e-mail address or password is not correct."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody: operators and the distributor application make accounts."""
        return False

    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        """The field that decides whether what was typed is a phone number."""
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> User | None:
        """The user with this number, however it was typed."""
        normalised = normalise_phone(phone)
        return User.objects.filter(phone=normalised).first() if normalised else None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The number and True: an operator vouched for it when making the account."""
        return (user.phone.as_e164, True) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Stores a number; `verified` has no meaning of its own here."""
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Nothing to do: see `get_phone`."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The front door, which sends everybody to their own home."""
        return resolve_url("home")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key knows e-mail and user name only: every sign-in by phone would share
        # one counter, and five typos anywhere would shut everybody out.
        return f"{request.get_host()}:{sign_in_name(request, credentials)}"
