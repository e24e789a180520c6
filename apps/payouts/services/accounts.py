"""Where a distributor wants to be paid."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.evidence import keyed_hash
from apps.core.locks import lock_until_commit
from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor, DuplicateFlag
from apps.distributors.services.duplicates import flag_duplicate
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
    same details again change nothing. Raises PayoutRefused when a detail is missing or wrong. An
    account that is, or was, somebody else's marks the two, or is refused, as the merchant decides.
    """
    details = _checked_details(method, holder_name, bank_name, number)
    details["number_hash"] = number_hash(distributor.merchant_id, method, details["number"])
    # Two people enter one account in the same instant: the second finds the first.
    lock_until_commit(f"payout account:{details['number_hash']}")
    # Two saves at once: the later one replaces the earlier, and both are kept.
    distributor = Distributor.objects.select_for_update().get(pk=distributor.pk)
    current = PayoutAccount.objects.filter(distributor=distributor, is_current=True).first()
    if current is not None:
        if all(getattr(current, name) == value for name, value in details.items()):
            return current
    other = _other_holder(distributor, details["number_hash"])
    if other is not None and distributor.merchant.refuse_duplicates:
        raise PayoutRefused(
            _("This account is another distributor's. Enter your own, or ask the merchant.")
        )
    if current is not None:
        PayoutAccount.objects.filter(pk=current.pk).update(is_current=False)
    account = PayoutAccount.objects.create(
        merchant_id=distributor.merchant_id, distributor=distributor, **details
    )
    if other is not None:
        flag_duplicate(distributor=distributor, other=other, kind=DuplicateFlag.Kind.PAYOUT_ACCOUNT)
    return account


def number_hash(merchant_id: int, method: str, number: str) -> str:
    """What equal accounts of one merchant's people share, and nobody can be found by elsewhere."""
    return keyed_hash("payout account", f"{merchant_id}:{method}:{number}")


def _other_holder(distributor: Distributor, wanted: str) -> Distributor | None:
    """Who else has, or had, this account: the first of them."""
    same = PayoutAccount.objects.filter(merchant_id=distributor.merchant_id, number_hash=wanted)
    found = same.exclude(distributor=distributor).order_by("pk").select_related("distributor")
    account = found.first()
    return account.distributor if account else None


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
