"""Phone numbers in one spelling."""

import phonenumbers
from django.conf import settings


def normalise_phone(value: str) -> str | None:
    """`value` in E.164, read as a number of the default region; None if it is no phone number."""
    try:
        number = phonenumbers.parse(value, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
