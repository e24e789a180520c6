"""Where goods can be picked up, and how many of them."""

from collections.abc import Iterable

from django.db.models import Case, QuerySet, When

from apps.distributors.models import Store
from apps.orders.services.offers import Offer
from apps.products.selectors import Availability

STORES_SHOWN = 5


def open_stores() -> QuerySet[Store]:
    """Where goods can be picked up, by name."""
    return Store.objects.filter(is_active=True).order_by("name", "pk")


def stores_for(offer: Offer) -> list[Store]:
    """The open stores worth naming: those with pieces of their own, then others. One query."""
    own = {pk for choice in offer.choices for pk in choice.stock.in_store}
    stores = open_stores()
    if own:
        stores = stores.order_by(Case(When(pk__in=own, then=0), default=1), "name", "pk")
    return list(stores[: len(own) + STORES_SHOWN + 1])


def pickup_of(stock: Availability, stores: Iterable[Store]) -> dict[str, object]:
    """Some `places` to pick a SKU up, (store, pieces), the fullest first; whether it `has_more`."""
    places = [(store, stock.at(store.pk)) for store in stores if stock.at(store.pk)]
    places.sort(key=lambda place: -place[1])
    return {"places": places[:STORES_SHOWN], "has_more": len(places) > STORES_SHOWN}
