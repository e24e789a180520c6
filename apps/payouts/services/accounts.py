"""Where a distributor wants to be paid."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor
from apps.payouts.models import PayoutAccount
from apps.payouts.services.refusals import PayoutRefused

Method = PayoutAccount.Method

CARD_LENGTHS = range(12, 20)
# Alipay knows mainland phones without their country code.
HOME_PREFIX = "+86"


@transaction.atomic
def save_payout_account(
    *, distributor: Distributor, method: str, holder_name: str, bank_name: str = "", number: str
) -> PayoutAccount:
    """Make this the account the distributor is paid to from now on; returns it.

    A change is a new row: withdrawals already asked for keep the account they were asked for. The
    same details again change nothing. Raises PayoutRefused when a detail is missing or wrong.
    """
    details = _checked_details(method, holder_name, bank_name, number)
    # Two saves at once: the later one replaces the earlier, and both are kept.
    distributor = Distributor.objects.select_for_update().get(pk=distributor.pk)
    current = PayoutAccount.objects.filter(distributor=distributor, is_current=True).first()
    if current is not None:
        if all(getattr(current, name) == value for name, value in details.items()):
            return current
        PayoutAccount.objects.filter(pk=current.pk).update(is_current=False)
    return PayoutAccount.objects.create(
        merchant_id=distributor.merchant_id, distributor=distributor, **details
    )


def _checked_details(method: str, holder_name: str, bank_name: str, number: str) -> dict[str, str]:
    if method not in Method.values:
        raise PayoutRefused(_("Choose a bank card or Alipay."))
    holder_name, bank_name = _one_line(holder_name), _one_line(bank_name)
    if not holder_name:
        raise PayoutRefused(_("Enter the account holder's name."))
    if method == Method.BANK:
        if not bank_name:
            raise PayoutRefused(_("Enter the name of the bank."))
        number = _card_number(number)
        tail = number[-4:]
    else:
        bank_name, number = "", _alipay_account(number)
        tail = number.partition("@")[0][-4:]
    if len(holder_name) > 80 or len(bank_name) > 80:
        raise PayoutRefused(_("A name is longer than 80 characters."))
    return {
        "method": method,
        "holder_name": holder_name,
        "bank_name": bank_name,
        "number": number,
        "number_tail": tail,
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _card_number(text: str) -> str:
    """The digits of a card number as people write it, with blanks or hyphens."""
    digits = "".join(text.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in CARD_LENGTHS):
        raise PayoutRefused(_("A card number has 12 to 19 digits."))
    return digits


def _alipay_account(text: str) -> str:
    """An e-mail in lower case, or a phone: mainland ones as 11 digits, others in E.164."""
    text = text.strip()
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError:
            raise PayoutRefused(_("This is not an e-mail address.")) from None
        if len(text) > 64:
            raise PayoutRefused(_("This e-mail address is too long."))
        return text.lower()
    phone = normalise_phone(text)
    if phone is None:
        raise PayoutRefused(_("An Alipay account is a phone number or an e-mail address."))
    return phone.removeprefix(HOME_PREFIX)
