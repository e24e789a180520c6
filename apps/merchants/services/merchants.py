"""Setting up merchants and their staff."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.accounts.services import get_or_create_user, require_vouched
from apps.core.attachments import Upload, keep_picture, square_picture
from apps.core.errors import Refused
from apps.merchants.models import Merchant, StaffMembership


class MerchantRefused(Refused):
    """The merchant or staff member cannot be set up so; nothing was changed."""


@transaction.atomic
def create_merchant(
    *,
    code: str,
    name: str,
    currency: str = Merchant.Currency.CNY,
    time_zone: str = "Asia/Shanghai",
    operator_phone: str | None = None,
) -> Merchant:
    """A merchant ready to use; `operator_phone` owns it, with an account made if missing.

    Raises MerchantRefused for a code that exists or is no slug, a currency without exactly two
    decimals, an unknown time zone or an empty name; AccountRefused for a phone that is none.
    """
    if Merchant.objects.filter(code=code).exists():
        raise MerchantRefused(
            _("There is already a merchant “%(code)s”. Choose another code.") % {"code": code}
        )
    merchant = Merchant(code=code, name=name.strip(), currency=currency, time_zone=time_zone)
    _save_checked(merchant)
    if operator_phone:
        add_staff(
            merchant=merchant,
            user=get_or_create_user(phone=operator_phone),
            role=StaffMembership.Role.OWNER,
        )
    return merchant


def _save_checked(merchant: Merchant) -> None:
    try:
        merchant.full_clean()
    except ValidationError as error:
        faults = [
            f"{Merchant._meta.get_field(field).verbose_name}: {' '.join(messages)}"
            for field, messages in error.message_dict.items()
        ]
        raise MerchantRefused("\n".join(faults)) from error
    try:
        with transaction.atomic():
            merchant.save(force_insert=True)
    except IntegrityError as error:
        raise MerchantRefused(
            _("The code “%(code)s” has just been taken.") % {"code": merchant.code}
        ) from error


@transaction.atomic
def add_staff(
    *, merchant: Merchant, user: User, role: str, vouched: bool = False
) -> StaffMembership:
    """Give `user` a role at `merchant`; a role they had there is replaced.

    Raises MerchantRefused for an unknown role, an account that is shut, or another role for the
    last owner; AccountRefused for a number that its account's owner only claims, unless `vouched`.
    """
    if role not in StaffMembership.Role.values:
        raise MerchantRefused(_("“%(role)s” is not a role.") % {"role": role})
    if not user.is_active:
        raise MerchantRefused(_("The account of %(user)s is not active.") % {"user": user})
    require_vouched(user=user, vouched=vouched)
    with scope(merchant=merchant):
        if role != StaffMembership.Role.OWNER:
            _check_not_last_owner(merchant, user)
        membership, _created = StaffMembership.objects.update_or_create(
            merchant=merchant, user=user, defaults={"role": role}
        )
    return membership


@transaction.atomic
def update_merchant(*, merchant: Merchant, **values) -> Merchant:
    """Change a merchant's own settings: any of SETTINGS. Raises MerchantRefused for a wrong value.

    Code and currency stay: files, links and books are kept in them.
    """
    if unknown := values.keys() - SETTINGS:
        raise TypeError(f"Not a setting: {', '.join(sorted(unknown))}")
    merchant = Merchant.objects.select_for_update().get(pk=merchant.pk)
    for field, value in values.items():
        setattr(merchant, field, value)
    try:
        merchant.full_clean()
    except ValidationError as error:
        raise MerchantRefused("\n".join(error.messages)) from error
    merchant.save(update_fields=list(values))
    return merchant


@transaction.atomic
def set_merchant_logo(*, merchant: Merchant, logo: Upload | None) -> Merchant:
    """Give the merchant's shops a logo, drawn again small and square; None takes it away.

    Raises AttachmentRefused for a file that is no JPEG, PNG or WebP picture.
    """
    content = square_picture(logo) if logo else None
    merchant = Merchant.objects.select_for_update().get(pk=merchant.pk)
    keep_picture(row=merchant, field="logo", content=content)
    return merchant


SETTINGS = frozenset(
    {
        "name",
        "time_zone",
        "withdrawal_minimum",
        "shop_notice",
        "payment_instructions",
        "refuse_duplicates",
        "is_active",
    }
)


@transaction.atomic
def remove_staff(*, membership: StaffMembership) -> None:
    """End somebody's role at a merchant; their account stays.

    Raises MerchantRefused for the last owner: nobody could let anybody in again.
    """
    with scope(merchant=membership.merchant):
        _check_not_last_owner(membership.merchant, membership.user)
        StaffMembership.objects.filter(pk=membership.pk).delete()


def _check_not_last_owner(merchant: Merchant, user: User) -> None:
    owners = StaffMembership.objects.select_for_update().filter(
        merchant=merchant, role=StaffMembership.Role.OWNER
    )
    if [each.user_id for each in owners] == [user.pk]:
        raise MerchantRefused(_("This is the last owner. Make somebody else owner first."))
