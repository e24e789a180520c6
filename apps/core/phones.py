"""Phone numbers in one spelling."""

import re

import phonenumbers
from django.conf import settings

# A library that hunts for a number in any text would take member “tb-8823107” for a phone.
PHONE_SHAPE = re.compile(r"[+＋\d\s().–-]+")
# What nearly every number of a Chinese file looks like: told at sight, without the library's 30 µs.
# 179 may also begin a carrier's prefix, which the library looks into.
CHINESE_MOBILE = re.compile(r"(?:\+86)?(1(?!79)[3-9][0-9]{9})")


def normalise_phone(value: str) -> str | None:
    """`value` in E.164, read as a number of the default region; None if it is no phone number."""
    if settings.PHONENUMBER_DEFAULT_REGION == "CN" and (seen := CHINESE_MOBILE.fullmatch(value)):
        return f"+86{seen[1]}"
    if not PHONE_SHAPE.fullmatch(value):
        return None
    try:
        number = phonenumbers.parse(value, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
