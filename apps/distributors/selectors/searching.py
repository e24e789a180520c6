"""Finding somebody among a million people."""

from django.db.models import Q

from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor


def named_exactly(text: str) -> Q:
    """Who has this code, shop code or phone: each has an index of its own."""
    text = text.strip()
    exactly = Q(code=text) | Q(shop_code=text.lower())
    if phone := normalise_phone(text):
        exactly |= Q(phone=phone)
    return exactly


def find_people(*, text: str, limit: int) -> list[Distributor]:
    """Who is meant by `text`, with level and upline: a code, shop code or phone, or part of a name.

    Who is named exactly is found through an index and returned alone, as one or two people;
    otherwise up to `limit` people whose code or name contains the text, the oldest first.
    """
    text = text.strip()
    if not text:
        return []
    people = Distributor.objects.select_related("level", "parent", "merchant")
    found = list(people.filter(named_exactly(text)).order_by("pk")[:limit])
    if found:
        return found
    partly = Q(code__icontains=text) | Q(name__icontains=text)
    return list(people.filter(partly).order_by("pk")[:limit])
