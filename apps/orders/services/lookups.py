"""Finding many rows by their codes, in statements of bounded size."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from apps.core.phones import normalise_phone
from apps.distributors.models import Customer, Distributor, Store
from apps.merchants.models import Merchant
from apps.products.models import Sku

# Far below what any supported database allows in one statement.
CHUNK = 500

Item = TypeVar("Item")


def chunks(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most CHUNK."""
    everything = list(items)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]


def customer_identifier(text: str) -> str:
    """One spelling per customer: a phone in E.164, anything else as it is."""
    return normalise_phone(text) or text


def skus_by_code(merchant: Merchant, codes: Iterable[str]) -> dict[str, Sku]:
    """The merchant's SKUs of these codes, with their products."""
    skus = Sku.objects.filter(merchant=merchant).select_related("product")
    return {sku.code: sku for part in chunks(set(codes)) for sku in skus.filter(code__in=part)}


def distributor_ids_by_code(merchant: Merchant, codes: Iterable[str]) -> dict[str, int]:
    """The ids of the merchant's distributors of these codes."""
    distributors = Distributor.objects.filter(merchant=merchant)
    return {
        code: pk
        for part in chunks(set(codes))
        for code, pk in distributors.filter(code__in=part).values_list("code", "pk")
    }


def store_ids_by_code(merchant: Merchant, codes: Iterable[str]) -> dict[str, int]:
    """The ids of the merchant's stores of these codes; no query when none is named."""
    stores = Store.objects.filter(merchant=merchant)
    return {
        code: pk
        for part in chunks(set(codes) - {""})
        for code, pk in stores.filter(code__in=part).values_list("code", "pk")
    }


def customer_ids_by_identifier(merchant: Merchant, identifiers: Iterable[str]) -> dict[str, int]:
    """The ids of the merchant's customers known by these identifiers."""
    customers = Customer.objects.filter(merchant=merchant)
    return {
        identifier: pk
        for part in chunks(set(identifiers))
        for identifier, pk in customers.filter(identifier__in=part).values_list("identifier", "pk")
    }


def ensure_customers(merchant: Merchant, identifiers: Iterable[str]) -> dict[str, int]:
    """Identifier → id for all of them; those not known yet are made."""
    wanted = list(dict.fromkeys(identifiers))
    known = customer_ids_by_identifier(merchant, wanted)
    missing = [identifier for identifier in wanted if identifier not in known]
    if missing:
        # A shop order may make the same customer at this moment; then theirs is used.
        Customer.objects.bulk_create(
            (Customer(merchant=merchant, identifier=identifier) for identifier in missing),
            ignore_conflicts=True,
        )
        known |= customer_ids_by_identifier(merchant, missing)
    return known
