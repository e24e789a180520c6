"""People who sign in: operators, finance, platform owners and distributors alike."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField


class UserManager(BaseUserManager):
    """Creates users known by phone, e-mail or both."""

    use_in_migrations = True

    def create_user(
        self,
        *,
        phone: str | None = None,
        email: str | None = None,
        password: str | None = None,
        **fields,
    ) -> "User":
        """A user with a hashed password (unusable when None).

        Raises ValueError without a phone number or an e-mail address.
        """
        if not phone and not email:
            raise ValueError("A user needs a phone number or an e-mail address.")
        user = self.model(
            phone=phone or None,
            email=self.normalize_email(email).lower() or None if email else None,
            **fields,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None = None, **fields) -> "User":
        """A platform owner: sees every merchant."""
        return self.create_user(email=email, password=password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person, signed in by phone or e-mail.

    What they may do comes from their staff roles and from being a distributor.
    """

    phone = PhoneNumberField(_("phone"), unique=True, null=True, blank=True)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Whoever joins on a public page says which number is theirs; no message has proved it. Until
    # somebody vouches, such an account is given nothing by its number alone.
    is_phone_vouched = models.BooleanField(_("phone vouched for"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=False) | models.Q(email__isnull=False),
                name="accounts_user_has_identity",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.phone or self.email)

    @property
    def is_staff(self) -> bool:
        """Django's own tools ask this; the console asks merchant roles as well."""
        return self.is_superuser

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
