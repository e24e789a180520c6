"""Whether somebody who wants in was thrown out: phones and ID numbers as keyed hashes."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.core.evidence import keyed_hash
from apps.core.phones import normalise_phone
from apps.distributors.models import BannedIdentity
from apps.merchants.models import Merchant


def is_banned(
    *, merchant: Merchant, phone: str | None = None, id_number: str | None = None
) -> bool:
    """Whether this phone or ID number is a banned person's at the merchant. One query."""
    hashes = []
    if phone and (normalised := normalise_phone(str(phone))):
        hashes.append(phone_hash(merchant, normalised))
    if id_number:
        hashes.append(id_number_hash(merchant, "".join(id_number.split()).upper()))
    return bool(hashes) and are_banned(merchant, hashes)


def are_banned(merchant: Merchant, hashes: Iterable[str]) -> bool:
    """Whether one of these keyed hashes belongs to a ban that still holds. One query."""
    return _held(merchant).filter(value_hash__in=list(hashes)).exists()


def banned_among(merchant: Merchant, phones: Iterable[str]) -> set[str]:
    """Those of the phones (E.164) that are banned people's. One query."""
    hashes = set(_held(merchant).values_list("value_hash", flat=True))
    # Hashing a file's phones is only worth it where anybody is banned.
    return {each for each in phones if phone_hash(merchant, each) in hashes} if hashes else set()


def _held(merchant: Merchant) -> QuerySet[BannedIdentity]:
    return BannedIdentity.objects.filter(merchant=merchant, ban__lifted_at__isnull=True)


def phone_hash(merchant: Merchant, phone: str) -> str:
    """What a phone (E.164) is remembered as at one merchant, and nothing elsewhere."""
    return keyed_hash("phone", f"{merchant.pk}:{phone}")


def id_number_hash(merchant: Merchant, number: str) -> str:
    """What an ID number is remembered as at one merchant, and nothing elsewhere."""
    return keyed_hash("id number", f"{merchant.pk}:{number}")
