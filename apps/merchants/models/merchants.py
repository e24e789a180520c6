"""The tenants of the site and the staff who run them."""

from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import MoneyField
from apps.core.models import MerchantScopedModel


def validate_time_zone(value: str) -> None:
    """Raises ValidationError unless `value` is an IANA time zone name."""
    if value not in available_timezones():
        raise ValidationError(_("“%(value)s” is not a time zone name."), params={"value": value})


class Merchant(models.Model):
    """A seller with its own goods, distributors, orders and books, walled off from all others."""

    class Currency(models.TextChoices):
        """Currencies with exactly two decimals: minor units are hundredths everywhere."""

        CNY = "CNY", _("Chinese yuan")
        HKD = "HKD", _("Hong Kong dollar")
        TWD = "TWD", _("New Taiwan dollar")
        SGD = "SGD", _("Singapore dollar")
        MYR = "MYR", _("Malaysian ringgit")
        USD = "USD", _("US dollar")
        EUR = "EUR", _("Euro")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.CNY)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Asia/Shanghai", validators=[validate_time_zone]
    )
    withdrawal_minimum = MoneyField(_("smallest withdrawal"), default=Decimal("1.00"))
    logo = models.ImageField(
        _("logo"),
        upload_to="logos/",
        blank=True,
        help_text=_("Shown at the top of every shop; a square picture looks best."),
    )
    shop_notice = models.CharField(_("shop notice"), max_length=200, blank=True)
    payment_instructions = models.TextField(
        _("how customers pay"),
        blank=True,
        help_text=_("Shown to a customer after an order, e.g. a bank account to transfer to."),
    )
    refuse_duplicates = models.BooleanField(
        _("refuse duplicates"),
        default=False,
        help_text=_(
            "Two people with one ID number, or one payout account, are always marked for you to "
            "look at. With this on, the second one is refused."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this merchant's days begin and end."""
        return ZoneInfo(self.time_zone)


class StaffMembership(MerchantScopedModel):
    """A person's role at one merchant; what the role may do stands in `roles`."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        OPERATOR = "operator", _("operator")
        FINANCE = "finance", _("finance")
        VIEWER = "viewer", _("viewer")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff members")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "user"], name="merchants_staff_once_per_merchant"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
