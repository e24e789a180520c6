"""Finding somebody among a million people."""

from django.db.models import Q

from apps.core.phones import normalise_phone
from apps.distributors.models import Distributor


def find_people(*, text: str, limit: int) -> list[Distributor]:
    """Who is meant by `text`, with level and upline: a code, shop code or phone, or part of a name.

    Who is named exactly is found through an index and returned alone, as one or two people;
    otherwise up to `limit` people whose code or name contains the text, the oldest first.
    """
    text = text.strip()
    if not text:
        return []
    people = Distributor.objects.select_related("level", "parent", "merchant")
    exactly = Q(code=text) | Q(shop_code=text.lower())
    if phone := normalise_phone(text):
        exactly |= Q(phone=phone)
    found = list(people.filter(exactly).order_by("pk")[:limit])
    if found:
        return found
    partly = Q(code__icontains=text) | Q(name__icontains=text)
    return list(people.filter(partly).order_by("pk")[:limit])
