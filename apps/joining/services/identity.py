"""Who somebody is: resident ID numbers (GB 11643) and age."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.joining.services.refusals import JoiningRefused
from apps.merchants.models import Merchant

ADULT_YEARS = 18
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
OLDEST_YEARS = 130


def normalise_id_number(text: str) -> str:
    """18 characters without blanks and with a capital X.

    Raises JoiningRefused for a wrong length, a birth date that is none, or a wrong check digit.
    """
    number = "".join(text.split()).upper()
    digits = number[:17]
    if len(number) != 18 or not (digits.isascii() and digits.isdigit()):
        raise JoiningRefused(_("A resident ID number has 18 characters: 17 digits and one more."))
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    if number[17] != CHECK_DIGITS[total % 11]:
        raise JoiningRefused(
            _("This ID number does not check out: please look for a typing error.")
        )
    birth_date_of(number)
    return number


def birth_date_of(number: str) -> date:
    """The birth date in a resident ID number. Raises JoiningRefused when it is none."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise JoiningRefused(
            _("This ID number does not check out: please look for a typing error.")
        ) from None


def check_adult(birth_date: date, merchant: Merchant) -> None:
    """Raises JoiningRefused unless the 18th birthday has come, today where the merchant is."""
    today = timezone.localdate(timezone=merchant.zone)
    age = (
        today.year
        - birth_date.year
        - ((today.month, today.day) < (birth_date.month, birth_date.day))
    )
    if not 0 <= age <= OLDEST_YEARS:
        raise JoiningRefused(_("This birth date cannot be right."))
    if age < ADULT_YEARS:
        raise JoiningRefused(_("Only people of 18 or older may become distributors."))
