"""A merchant with goods, people and orders: the same every time, loaded in bulk."""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction
from django_scopes import scope

from apps.commissions.services.plans import activate_plan, draft_plan
from apps.core.csv_files import Problems, Row
from apps.core.money import to_minor
from apps.distributors.models import Customer, Distributor, DistributorEvent, Level
from apps.distributors.numbering import number_forest
from apps.distributors.services.importing import import_levels
from apps.insights.benchmarks.bulk import (
    analyze,
    load_rows,
    reset_sequences,
    stored_time,
)
from apps.insights.benchmarks.commissions.scale import MERCHANT_CODE, START, paid_at
from apps.merchants.models import Merchant
from apps.merchants.services import create_merchant
from apps.orders.models import Order, OrderLine
from apps.products.models import Sku
from apps.products.services import import_products

SEED = 20260101
LEVELS = ("bronze", "silver", "gold", "diamond")
TOP_CATEGORIES = ("茶", "茶具", "食品", "日用", "护理")
CATEGORIES = [f"{top}/{name}" for top in TOP_CATEGORIES for name in ("甲", "乙", "丙", "丁")]
SKUS = 200
# One in so many people also buys, and is known as a customer.
BUYING_PEOPLE = 50
JOINED = START - timedelta(days=400)

PLAN = {
    "name": "Benchmark",
    "depths": 3,
    "base": "paid",
    "hold_days": 365,
    "self_purchase": False,
    "compression": False,
    "ceiling": {"of": "paid", "percent": "20"},
    "rules": [
        {"depth": 1, "percent": "10"},
        {"depth": 2, "percent": "5"},
        {"depth": 3, "percent": "2.5"},
        {"depth": 1, "level": "silver", "percent": "11"},
        {"depth": 1, "level": "gold", "percent": "12.5"},
        {"depth": 1, "level": "diamond", "percent": "15"},
        {"depth": 2, "level": "gold", "percent": "6"},
        {"depth": 2, "level": "diamond", "percent": "7.25"},
        *({"depth": 1, "category": top, "percent": "13"} for top in TOP_CATEGORIES[:3]),
        *({"depth": 1, "category": path, "percent": "9.5"} for path in CATEGORIES[:8:3]),
        {"depth": 1, "category": CATEGORIES[0], "level": "gold", "percent": "16"},
        {"depth": 2, "category": TOP_CATEGORIES[1], "percent": "4"},
        {"depth": 2, "category": CATEGORIES[5], "level": "silver", "percent": "8"},
        {"depth": 3, "category": TOP_CATEGORIES[4], "percent": "0"},
        *({"depth": 1, "sku": f"S-{number:03d}", "percent": "21"} for number in range(0, 20, 2)),
        *({"depth": 1, "sku": f"S-{number:03d}", "amount": "3.3"} for number in range(1, 20, 2)),
        {"depth": 2, "product": "S-030", "amount": "1"},
        {"depth": 1, "product": "S-031", "level": "silver", "percent": "18.75"},
    ],
}


def prepare(*, label: str, distributors: int, orders: int) -> None:
    """Tables, and everything in them up to the first orders."""
    call_command("migrate", verbosity=0)
    make_merchant(distributors=distributors, orders=orders)
    analyze()


@transaction.atomic
def make_merchant(*, distributors: int, orders: int) -> Merchant:
    """One merchant under an activated plan, with goods, people and paid orders."""
    merchant = create_merchant(code=MERCHANT_CODE, name="Benchmark")
    with scope(merchant=merchant):
        _add_goods(merchant)
        _add_people(merchant, distributors)
        plan = draft_plan(merchant=merchant, content=PLAN)
        activate_plan(plan=plan, effective_from=START, acknowledged_by="bench")
        _add_orders(merchant, 0, orders)
    return merchant


def add_orders(*, label: str, first: int, last: int) -> None:
    """The orders from number `first` up to `last`, not included."""
    merchant = Merchant.objects.get(code=MERCHANT_CODE)
    with scope(merchant=merchant):
        _add_orders(merchant, first, last)
    analyze()


def _add_goods(merchant) -> None:
    levels = [
        {"code": code, "name": code.title(), "rank": str(rank)}
        for rank, code in enumerate(LEVELS, start=1)
    ]
    import_levels(merchant=merchant, rows=_rows(levels))
    chance = random.Random(SEED)
    goods = [
        {
            "sku": f"S-{number:03d}",
            "name": f"Goods {number}",
            "category": CATEGORIES[number % len(CATEGORIES)],
            "price": f"{chance.randrange(9_90, 599_00) / 100:.2f}",
            "cost": f"{chance.randrange(1_00, 9_00) / 100:.2f}",
            "stock": "1000000",
        }
        for number in range(SKUS)
    ]
    import_products(merchant=merchant, rows=_rows(goods))


def _rows(cells: list[dict[str, str]]) -> list[Row]:
    problems = Problems()
    return [Row(line, each, problems) for line, each in enumerate(cells, start=2)]


def _add_people(merchant, count: int) -> None:
    """A forest with early people above many, every level, and some who earn nothing."""
    chance = random.Random(SEED + 1)
    codes = dict(Level.objects.order_by("rank").values_list("pk", "code"))
    parents = [
        -1 if number < 5 or chance.random() < 0.002 else int(number * chance.random() ** 1.5)
        for number in range(count)
    ]
    level_of = chance.choices([None, *codes], weights=(10, 45, 25, 15, 5), k=count)
    status_of = chance.choices(Distributor.Status.values, weights=(94, 4, 2), k=count)
    load_rows(Distributor, PERSON_COLUMNS, _people(merchant, parents, level_of, status_of))
    joined = stored_time(JOINED)
    load_rows(
        DistributorEvent,
        EVENT_COLUMNS,
        (
            (merchant.pk, number + 1, "joined", "", _code(parents[number]), joined, "", joined)
            for number in range(count)
        ),
    )
    load_rows(DistributorEvent, EVENT_COLUMNS, _promotions(merchant, level_of, codes))
    load_rows(
        Customer,
        CUSTOMER_COLUMNS,
        (
            (number // BUYING_PEOPLE + 1, merchant.pk, _phone(number), "", joined)
            for number in range(0, count, BUYING_PEOPLE)
        ),
    )
    reset_sequences(Distributor, DistributorEvent, Customer)


PERSON_COLUMNS = (
    *("id", "merchant_id", "code", "shop_code", "name", "phone", "level_id", "parent_id"),
    *("status", "joined_at", "lft", "rght", "tree_id", "tree_depth"),
)
EVENT_COLUMNS = (
    *("merchant_id", "distributor_id", "field", "old_value", "new_value"),
    *("effective_at", "reason", "created_at"),
)
CUSTOMER_COLUMNS = ("id", "merchant_id", "identifier", "name", "created_at")


def _code(number: int) -> str:
    return f"D{number + 1:07d}" if number >= 0 else ""


def _phone(number: int) -> str:
    return f"+86138{number:08d}"


def _people(merchant, parents, level_of, status_of) -> Iterator[tuple]:
    joined = stored_time(JOINED)
    trees: list[int] = []
    for number, place in enumerate(number_forest(parents)):
        parent = parents[number]
        trees.append(number + 1 if parent < 0 else trees[parent])
        yield (
            *(number + 1, merchant.pk, _code(number), f"shop{number:08d}", f"Person {number}"),
            *(_phone(number), level_of[number], parent + 1 or None, status_of[number], joined),
            *(place.lft, place.rght, trees[number], place.depth),
        )


def _promotions(merchant, level_of, codes) -> Iterator[tuple]:
    """One in fifty rose a level while the orders came in: the chain has to look back."""
    chance = random.Random(SEED + 2)
    for number, level in enumerate(level_of):
        rank = LEVELS.index(codes[level]) if level else 0
        if not rank or chance.random() > 0.02:
            continue
        before, now = LEVELS[rank - 1 : rank + 1]
        moment = stored_time(START + timedelta(hours=chance.randrange(24 * 55)))
        yield merchant.pk, number + 1, "level", before, now, moment, "", moment


ORDER_COLUMNS = (
    *("id", "merchant_id", "source", "order_no", "customer_id", "distributor_id", "status"),
    *("region", "stage", "shipping_amount", "placed_at", "paid_at", "completed_at"),
    *("tracking_number", "recipient_name", "recipient_phone", "recipient_address", "note"),
)
LINE_COLUMNS = (
    *("merchant_id", "order_id", "line_no", "sku_id", "title", "category_path", "quantity"),
    *("unit_price", "discount", "list_price", "unit_cost", "paid_amount", "refunded_amount"),
)


@transaction.atomic
def _add_orders(merchant, first: int, last: int) -> None:
    people = Distributor.objects.count()
    buyers = (people - 1) // BUYING_PEOPLE + 1
    created = stored_time(START)
    # Every second order comes from somebody new.
    load_rows(
        Customer,
        CUSTOMER_COLUMNS,
        (
            (buyers + 1 + number // 2, merchant.pk, f"customer-{number // 2}", "", created)
            for number in range(first + first % 2, last, 2)
        ),
    )
    load_rows(Order, ORDER_COLUMNS, _orders(merchant, first, last, people, buyers))
    load_rows(OrderLine, LINE_COLUMNS, _lines(merchant, _goods(), first, last))
    reset_sequences(Customer, Order, OrderLine)


def _orders(merchant, first: int, last: int, people: int, buyers: int) -> Iterator[tuple]:
    for number in range(first, last):
        chance = random.Random(SEED * 1_000_000 + number)
        seller = int(people * chance.random() ** 1.3)
        customer = buyers + 1 + number // 2
        draw = chance.random()
        if draw < 0.01:  # their own purchase
            seller -= seller % BUYING_PEOPLE
            customer = seller // BUYING_PEOPLE + 1
        paid = paid_at(number)
        yield (
            *(number + 1, merchant.pk, "csv", f"B{number:08d}", customer),
            *(None if draw > 0.97 else seller + 1, "completed", "", 0, 0),
            *(stored_time(each) for each in (paid, paid, paid + timedelta(days=3))),
            *("", "", "", "", ""),
        )


def _goods() -> list[tuple[int, str, int, int]]:
    """Id, name, price and cost of every SKU, in minor units, in the order they were made."""
    rows = Sku.objects.order_by("code").values_list("pk", "product__name", "price", "cost")
    return [(pk, name, to_minor(price), to_minor(cost)) for pk, name, price, cost in rows]


def _lines(merchant, goods, first: int, last: int) -> Iterator[tuple]:
    for number in range(first, last):
        chance = random.Random(SEED * 2_000_000 + number)
        for line_no in range(1, chance.choices((1, 2, 3), weights=(68, 24, 8))[0] + 1):
            index = chance.randrange(len(goods))
            sku, name, price, cost = goods[index]
            quantity = chance.choices((1, 2, 3), weights=(70, 20, 10))[0]
            discount = price * chance.randrange(20) // 100 if chance.random() < 0.3 else 0
            yield (
                *(merchant.pk, number + 1, line_no, sku, name),
                *(CATEGORIES[index % len(CATEGORIES)], quantity, price, discount, price, cost),
                *(price * quantity - discount, 0),
            )
