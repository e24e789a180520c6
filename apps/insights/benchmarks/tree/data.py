"""One merchant's tree of people, each under a random earlier one: the same every time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.core.management import call_command
from django.db import transaction
from django_scopes import scope

from apps.distributors.models import Customer, Distributor, DistributorEvent, Level
from apps.distributors.numbering import number_forest
from apps.insights.benchmarks.bulk import analyze, load_rows, reset_sequences, stored_time
from apps.merchants.models import Merchant
from apps.merchants.services import create_merchant
from apps.orders.models import Order, OrderLine
from apps.products.models import Product, Sku
from apps.promotion.models import Attribution

MERCHANT_CODE = "bench"
LEVELS = ("bronze", "silver", "gold")
SEED = 20260301
START = datetime(2026, 1, 1, tzinfo=UTC)
JOINED = START - timedelta(days=400)
ORDERS_PER_PERSON = 2
DAYS = 90

PERSON_COLUMNS = (
    *("id", "merchant_id", "code", "shop_code", "name", "phone", "parent_id", "status"),
    *("joined_at", "lft", "rght", "tree_id", "tree_depth"),
)
EVENT_COLUMNS = (
    *("merchant_id", "distributor_id", "field", "old_value", "new_value"),
    *("effective_at", "reason", "created_at"),
)


def random_parents(count: int, seed: int = SEED) -> list[int]:
    """The index of everybody's parent; the first is the one root."""
    chance = random.Random(seed)
    return [-1, *(chance.randrange(number) for number in range(1, count))]


def code_of(number: int) -> str:
    return f"D{number + 1:07d}"


def make_tables(*, label: str) -> None:
    """Tables, and a merchant without people."""
    call_command("migrate", verbosity=0)
    merchant = create_merchant(code=MERCHANT_CODE, name="Benchmark")
    with scope(merchant=merchant):
        for rank, code in enumerate(LEVELS, start=1):
            Level.objects.create(merchant=merchant, code=code, name=code, rank=rank)
    analyze()


def add_people(*, label: str, people: int) -> None:
    """One tree of that many people."""
    with bench_merchant() as merchant, transaction.atomic():
        _add_people(merchant, random_parents(people))
    analyze()


@contextmanager
def bench_merchant() -> Iterator[Merchant]:
    """The merchant, in its scope."""
    merchant = Merchant.objects.get(code=MERCHANT_CODE)
    with scope(merchant=merchant):
        yield merchant


def _add_people(merchant: Merchant, parents: list[int]) -> None:
    joined = stored_time(JOINED)
    load_rows(Distributor, PERSON_COLUMNS, _people(merchant, parents, joined))
    load_rows(
        DistributorEvent,
        EVENT_COLUMNS,
        (
            (merchant.pk, number + 1, "joined", "", _parent_code(parent), joined, "", joined)
            for number, parent in enumerate(parents)
        ),
    )
    reset_sequences(Distributor, DistributorEvent)


def _people(merchant: Merchant, parents: list[int], joined) -> Iterator[tuple]:
    for number, place in enumerate(number_forest(parents)):
        yield (
            *(number + 1, merchant.pk, code_of(number), f"shop{number:08d}", f"Person {number}"),
            *(f"+86138{number:08d}", parents[number] + 1 or None, "active", joined),
            *(place.lft, place.rght, 1, place.depth),
        )


def _parent_code(parent: int) -> str:
    return code_of(parent) if parent >= 0 else ""


def add_orders(*, label: str, people: int) -> None:
    """Attributed orders of one line each, two for a person on average."""
    with bench_merchant() as merchant, transaction.atomic():
        product = Product.objects.create(merchant=merchant, code="P", name="Goods")
        sku = Sku.objects.create(merchant=merchant, product=product, code="S", price=100)
        customer = Customer.objects.create(merchant=merchant, identifier="buyer")
        count = people * ORDERS_PER_PERSON
        load_rows(Order, ORDER_COLUMNS, _orders(merchant.pk, customer.pk, count))
        load_rows(OrderLine, LINE_COLUMNS, _lines(merchant.pk, sku.pk, count))
        load_rows(Attribution, ATTRIBUTION_COLUMNS, _attributions(merchant.pk, people, count))
        reset_sequences(Order, OrderLine, Attribution)
    analyze()


ORDER_COLUMNS = ("id", "merchant_id", "source", "order_no", "customer_id", "status", "paid_at")
LINE_COLUMNS = (
    *("merchant_id", "order_id", "line_no", "sku_id", "title", "quantity", "unit_price"),
    *("list_price", "unit_cost", "paid_amount"),
)
ATTRIBUTION_COLUMNS = ("merchant_id", "order_id", "distributor_id", "method")


def _orders(merchant_id: int, customer_id: int, count: int) -> Iterator[tuple]:
    days = [stored_time(START + timedelta(days=day)) for day in range(DAYS)]
    for number in range(count):
        paid = days[number % DAYS]
        yield number + 1, merchant_id, "csv", f"B{number:08d}", customer_id, "paid", paid


def _lines(merchant_id: int, sku_id: int, count: int) -> Iterator[tuple]:
    chance = random.Random(SEED + 1)
    for number in range(count):
        paid = chance.randrange(1_00, 500_00)
        yield merchant_id, number + 1, 1, sku_id, "Goods", 1, paid, paid, 0, paid


def _attributions(merchant_id: int, people: int, count: int) -> Iterator[tuple]:
    chance = random.Random(SEED + 2)
    for number in range(count):
        yield merchant_id, number + 1, chance.randrange(people) + 1, "order"
