"""Random small merchants, the same for the same seed, to compare the product with the re-statement.

    case = random_case(7)
    world = case.world()
    commissions(world, case.as_of)

Moments are dense on purpose: midnight and the very second of a release come up often.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference.case import COLUMNS, write_csv
from tests.reference.random_kinds import add_further_kinds
from tests.reference.restatement import balances, show_money
from tests.reference.world import World, read_money, read_world

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 3, 1, tzinfo=SHANGHAI)
DAYS = 60
SECOND_PLAN = datetime(2026, 4, 1, tzinfo=SHANGHAI)
LEVELS = ["bronze", "silver", "gold"]
CATEGORIES = ["茶", "茶/普洱", "茶/普洱/熟普", "茶/白茶", "茶具", "茶具/紫砂"]
MAX_TREE_DEPTH = 6


@dataclass
class RandomCase:
    """Files and plans of one small merchant; a file that would have no rows is left out."""

    seed: int
    files: dict[str, str]
    plans: list[tuple[str, dict]]
    as_of: str
    rankings: list[tuple[str, str, str]]
    withdrawals: list[tuple[str, str, str]] = field(default_factory=list)
    keepers: dict[str, str] = field(default_factory=dict)  # store code → who keeps it

    def world(self) -> World:
        return read_world(self.files, self.plans, keepers=self.keepers)


def random_case(
    seed: int, *, core: bool = False, withdrawals: bool = False, further: bool = False
) -> RandomCase:
    """The case of the seed.

    With `further`, plans also have the kinds beyond shares by depth, and orders what those need.
    With `core`, one plan of percentages by depth and level of the paid amount, nothing else.
    With `withdrawals`, some people are paid part of what they have available on the way: (code,
    amount, moment); run the stages up to that moment before the money is asked for.
    """
    rng = random.Random(f"{seed}/{core}")
    people = make_people(rng)
    products = make_products(rng)
    plans = make_plans(rng, products, core)
    orders, ends = make_orders(rng, people, products, [doc["hold_days"] for _, doc in plans])
    refunds = make_refunds(rng, orders)
    keepers: dict[str, str] = {}
    columns = dict(COLUMNS)
    if further:
        kinds = random.Random(f"{seed}/further")
        keepers = add_further_kinds(kinds, people, orders, plans, LEVELS, FIRST)
        columns["orders.csv"] = [*COLUMNS["orders.csv"], "store"]
    tables = {
        "levels.csv": [{"code": c, "name": c, "rank": n} for n, c in enumerate(LEVELS, start=1)],
        "distributors.csv": people,
        "products.csv": products,
        "orders.csv": [spelt(rng, row) for row in orders],
        "refunds.csv": [spelt(rng, row) for row in refunds],
    }
    files = {
        name: write_csv(columns[name], only(columns[name], rows))
        for name, rows in tables.items()
        if rows
    }
    as_of = spell(rng, make_as_of(rng, ends))
    case = RandomCase(seed, files, plans, as_of, make_rankings(rng), keepers=keepers)
    if withdrawals:
        add_withdrawals(rng, case)
    return case


def only(columns: list[str], rows: list[dict]) -> list[dict]:
    return [{column: row[column] for column in columns} for row in rows]


def spell(rng: random.Random, moment: datetime) -> str:
    """Local time without an offset, with it, or UTC."""
    style = rng.random()
    if style < 0.6:
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return (
        moment.isoformat() if style < 0.8 else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def spelt(rng: random.Random, row: dict) -> dict:
    return {
        key: spell(rng, value) if isinstance(value, datetime) else value
        for key, value in row.items()
    }


def some_moment(rng: random.Random) -> datetime:
    """Somewhere in the period; one in five at midnight, or a second before it."""
    day = FIRST + timedelta(days=rng.randrange(DAYS))
    if rng.random() < 0.2:
        return day - timedelta(seconds=rng.choice((0, 1)))
    return day + timedelta(seconds=rng.randrange(86400))


# Who and what


def make_people(rng: random.Random) -> list[dict]:
    people, depth = [], {}
    for number in range(1, rng.randint(2, 14)):
        code = f"P{number:02d}"
        possible = [p["code"] for p in people[-6:] if depth[p["code"]] < MAX_TREE_DEPTH]
        parent = rng.choice(possible) if possible and rng.random() < 0.85 else ""
        depth[code] = depth.get(parent, 0) + 1
        people.append(
            {
                "code": code,
                "parent_code": parent,
                "name": f"分销商{number}",
                "phone": f"138000{number:05d}",
                "level": rng.choice([*LEVELS, ""]),
                "joined_at": f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                "status": rng.choices(["", "active", "suspended", "terminated"], [3, 5, 2, 1])[0],
            }
        )
    rng.shuffle(people)
    return people


def make_products(rng: random.Random) -> list[dict]:
    rows = []
    for number in range(1, rng.randint(2, 6)):
        price = rng.choice((rng.randint(1, 60), rng.randint(100, 9999), rng.randint(10000, 50000)))
        rows.append(
            {
                "sku": f"S-{number}",
                "name": f"商品{number}",
                "category": rng.choice(CATEGORIES),
                "price": show_money(price),
                "cost": show_money(price * rng.randint(30, 110) // 100),
                "stock": rng.randint(100, 1000),
            }
        )
    return rows


# Plans


def make_plans(rng: random.Random, products: list[dict], core: bool) -> list[tuple[str, dict]]:
    first = rng.choice((datetime(2026, 1, 1, tzinfo=SHANGHAI), FIRST, FIRST + timedelta(days=10)))
    plans = [(spell(rng, first), make_plan(rng, "第一版", products, core))]
    if not core and rng.random() < 0.3:
        plans.append((spell(rng, SECOND_PLAN), make_plan(rng, "第二版", products, core)))
    return plans


def make_plan(rng: random.Random, name: str, products: list[dict], core: bool) -> dict:
    depths = rng.randint(1, 3)
    document = {
        "name": name,
        "depths": depths,
        "base": "paid" if core else rng.choice(("paid", "paid", "list", "profit")),
        "hold_days": rng.choice((0, 1, 7, 7, 15)),
        "self_purchase": not core and rng.random() < 0.4,
        "compression": not core and rng.random() < 0.5,
        "rules": make_rules(rng, depths, products, core),
    }
    if not core and rng.random() < 0.5:
        percent = show_money(rng.choice((0, rng.randint(100, 3000), rng.randint(1000, 9000))))
        document["ceiling"] = {"of": rng.choice(("paid", "profit")), "percent": percent}
    return document


def make_rules(rng: random.Random, depths: int, products: list[dict], core: bool) -> list[dict]:
    """Rules in any order, no two for the same depth, level and scope."""
    scopes: list[dict] = [{}, {}, {}]
    if not core:
        scopes += [{"category": path} for path in rng.sample(CATEGORIES, 3)]
        scopes += [{kind: p["sku"]} for p in products for kind in ("sku", "product")]
    rules = {}
    for _ in range(rng.randint(depths, 4 * depths)):
        rule = {"depth": rng.randint(1, depths), **rng.choice(scopes)}
        if rng.random() < 0.5:
            rule["level"] = rng.choice(LEVELS)
        key = tuple(sorted(rule.items()))
        if not core and rng.random() < 0.2:
            rule["amount"] = show_money(
                rng.choice((0, rng.randint(1, 300), rng.randint(100, 2000)))
            )
        else:
            rule["percent"] = show_money(
                rng.choice((0, rng.randint(1, 3000), 500, 1000, 1250, 1500))
            )
        rules[key] = rule
    return rng.sample(list(rules.values()), len(rules))


# Orders and refunds


def make_orders(
    rng: random.Random, people: list[dict], products: list[dict], holds: list[int]
) -> tuple[list[dict], list[datetime]]:
    """(order lines, the moments at which something may be released)."""
    rows, ends = [], []
    for number in range(1, rng.randint(2, 14)):
        order = make_order(rng, f"O{number:03d}", people)
        if order["completed_at"]:
            ends += [order["completed_at"] + timedelta(days=hold) for hold in holds]
        repeat = rng.random() < 0.5
        for line_no in range(1, rng.choice((1, 1, 2, 3)) + 1):
            shown = (
                order
                if line_no == 1 or repeat
                else {"order_no": order["order_no"]} | dict.fromkeys(list(order)[1:], "")
            )
            rows.append(
                shown
                | make_line(rng, line_no, rng.choice(products))
                | {"of": order, "holds": holds}
            )
    return rows, ends


def make_order(rng: random.Random, number: str, people: list[dict]) -> dict:
    status = rng.choices(["pending", "paid", "shipped", "completed", "cancelled"], [1, 2, 1, 8, 1])[
        0
    ]
    seller = rng.choice(people) if rng.random() < 0.9 else None
    paid_at = some_moment(rng) if status not in ("pending", "cancelled") else ""
    hours = rng.choice((0, 24, 72, rng.randrange(400)))
    return {
        "order_no": number,
        "shipping": rng.choice(("0", "8.00", "12.50")),
        "distributor_code": seller["code"] if seller else "",
        "customer": make_customer(rng, seller, people),
        "region": rng.choice(("浙江省/杭州市/西湖区", "云南省/昆明市/五华区")),
        "paid_at": paid_at,
        "completed_at": paid_at + timedelta(hours=hours) if status == "completed" else "",
        "status": status,
    }


def make_customer(rng: random.Random, seller: dict | None, people: list[dict]) -> str:
    """Mostly a stranger; often the seller, by phone or by code; sometimes another distributor."""
    luck = rng.random()
    if luck < 0.6:
        return rng.choice((f"139{rng.randrange(10**7, 10**8)}", f"wx_{rng.randrange(1000)}"))
    buyer = seller if seller and luck < 0.9 else rng.choice(people)
    return rng.choice((buyer["phone"], buyer["code"]))


def make_line(rng: random.Random, line_no: int, product: dict) -> dict:
    quantity = rng.choice((1, 1, 2, 3, 7))
    price = read_money(product["price"])
    if rng.random() < 0.3:
        price = max(1, price * rng.randint(50, 120) // 100)
    discount = rng.choice((0, 0, rng.randint(0, price * quantity // 2)))
    return {
        "line_no": line_no,
        "sku": product["sku"],
        "quantity": quantity,
        "unit_price": show_money(price),
        "discount": show_money(discount),
        "paid": price * quantity - discount,
    }


def make_refunds(rng: random.Random, lines: list[dict]) -> list[dict]:
    """Up to four refunds on a line, at different moments, never more than was paid for it.

    Some of them are undone later, and of that something given back once more.
    """
    rows: list[dict] = []
    for line in lines:
        paid_at = line["of"]["paid_at"]
        if not paid_at or rng.random() < 0.55:
            continue
        left, units = line["paid"], line["quantity"]
        for at in sorted(
            {
                refund_moment(rng, line["of"], line["holds"])
                for _ in range(rng.choice((1, 1, 2, 3, 4)))
            }
        ):
            amount = left if rng.random() < 0.3 else rng.randint(0, left)
            if not amount:
                continue
            quantity = rng.randint(1, units) if units and rng.random() < 0.4 else ""
            units -= quantity or 0
            left -= amount
            rows.append(
                {
                    "refund_no": f"R{len(rows) + 1:03d}",
                    "order_no": line["order_no"],
                    "line_no": line["line_no"],
                    "quantity": quantity,
                    "amount": show_money(amount),
                    "refunded_at": at,
                    "undoes": "",
                }
            )
            if rng.random() < 0.25:
                rows += undo(rng, rows[-1], len(rows) + 1)
    rng.shuffle(rows)
    return rows


def undo(rng: random.Random, refund: dict, number: int) -> list[dict]:
    """The refund undone some time later; then, perhaps, its money given back again."""
    # Halves of seconds: never in the same moment as another refund of the line, nor a release.
    at = refund["refunded_at"] + timedelta(seconds=rng.randint(0, 30 * 86400), microseconds=500_000)
    undoing = {"refund_no": f"R{number:03d}", "undoes": refund["refund_no"], "refunded_at": at}
    rows = [refund | undoing]
    if rng.random() < 0.5:
        later = at + timedelta(seconds=rng.randint(1, 86400))
        rows.append(refund | {"refund_no": f"R{number + 1:03d}", "refunded_at": later})
    return rows


def refund_moment(rng: random.Random, order: dict, holds: list[int]) -> datetime:
    """After the payment; often the very second of the release, or one later."""
    if order["completed_at"] and rng.random() < 0.3:
        release = order["completed_at"] + timedelta(days=rng.choice(holds))
        return max(release, order["paid_at"] + timedelta(seconds=1)) + timedelta(
            seconds=rng.choice((0, 1))
        )
    return order["paid_at"] + timedelta(seconds=rng.randint(1, 40 * 86400))


# When to look


def make_as_of(rng: random.Random, ends: list[datetime]) -> datetime:
    """The end of everything, the second of a release or the one before it, or any moment."""
    luck = rng.random()
    if luck < 0.4 or not ends:
        return datetime(2026, 8, 1, tzinfo=SHANGHAI)
    if luck < 0.7:
        return rng.choice(ends) - timedelta(seconds=rng.choice((0, 1)))
    return some_moment(rng)


def make_rankings(rng: random.Random) -> list[tuple[str, str, str]]:
    """(first day, last day, key) for each key."""
    rankings = []
    for key in ("team_sales", "own_sales", "commission", "orders"):
        first = (FIRST + timedelta(days=rng.randrange(DAYS))).date()
        last = first + timedelta(days=rng.choice((0, 6, 30, 90)))
        rankings.append((first.isoformat(), last.isoformat(), key))
    return rankings


def add_withdrawals(rng: random.Random, case: RandomCase) -> None:
    """Now and then somebody takes out what is available, or a part of it."""
    world = case.world()
    for moment in sorted(some_moment(rng) + timedelta(days=20) for _ in range(4)):
        at = moment.isoformat()
        for row in balances(world, at, case.withdrawals):
            available = read_money(row["available"])
            if available and rng.random() < 0.6:
                amount = available if rng.random() < 0.5 else rng.randint(1, available)
                case.withdrawals.append((row["code"], show_money(amount), at))
