"""Write the example files of a tea merchant; the same bytes on every run.

Usage: python examples/generate.py [DIRECTORY]   (default: the directory of this script)

Standard library only. The people, phones and orders are invented.
"""

import csv
import json
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

SEED = 20260301
SHANGHAI = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2026, 3, 1, tzinfo=SHANGHAI)
LAST_SECOND = datetime(2026, 5, 31, 23, 59, 59, tzinfo=SHANGHAI)
HOLD = timedelta(days=7)

LEVELS = [("bronze", "铜牌", 1), ("silver", "银牌", 2), ("gold", "金牌", 3), ("diamond", "钻石", 4)]

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹"
GIVEN_NAMES = (
    "建国 秀英 志强 桂兰 伟 芳 娜 敏 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 明 超 秀兰 霞 平 刚 婷 玉兰 "
    "子轩 雨涵 浩然 思远 佳怡 文博 晓燕 海燕 春梅 冬梅 志明 国庆 雪梅"
).split()

PEOPLE_PER_TREE_LEVEL = (4, 14, 24, 18)
SUSPENDED, TERMINATED = ("D009", "D047"), ("D023",)

# sku, name, category, price, cost, stock
PRODUCTS = [
    ("T-001", "古树生普饼 357g", "茶/普洱", "268.00", "142.00", 600),
    ("T-002", "宫廷熟普散茶 250g", "茶/普洱", "138.00", "69.50", 800),
    ("T-003", "小青柑 12粒装", "茶/普洱", "88.00", "41.20", 1200),
    ("T-004", "白毫银针 100g", "茶/白茶", "358.00", "205.00", 300),
    ("T-005", "老寿眉饼 350g", "茶/白茶", "199.00", "96.80", 500),
    ("T-006", "安溪铁观音 清香型 250g", "茶/乌龙", "128.00", "62.00", 900),
    ("T-007", "武夷大红袍 125g", "茶/乌龙", "168.00", "88.60", 700),
    ("T-008", "滇红金芽 200g", "茶/红茶", "108.00", "49.90", 900),
    ("T-009", "明前龙井 100g", "茶/绿茶", "298.00", "176.00", 260),
    ("C-001", "白瓷盖碗", "茶具", "59.90", "23.50", 1000),
    ("C-002", "紫砂壶 200ml", "茶具", "368.00", "190.00", 150),
    ("C-003", "便携旅行茶具套装", "茶具", "129.90", "58.00", 400),
]
PRODUCT_WEIGHTS = (9, 10, 14, 5, 8, 10, 8, 12, 5, 9, 3, 7)

REGIONS = [
    "浙江省/杭州市/西湖区", "浙江省/宁波市/鄞州区", "广东省/广州市/天河区", "广东省/深圳市/南山区",
    "福建省/厦门市/思明区", "福建省/福州市/鼓楼区", "云南省/昆明市/五华区", "四川省/成都市/武侯区",
    "江苏省/南京市/玄武区", "江苏省/苏州市/姑苏区", "山东省/济南市/历下区", "湖北省/武汉市/洪山区",
    "北京市/北京市/朝阳区", "上海市/上海市/徐汇区", "陕西省/西安市/雁塔区", "湖南省/长沙市/岳麓区",
]  # fmt: skip
OTHER_IDENTIFIERS = [
    "wx_chaxiang08",
    "wx_laobai_tea",
    "tb-8823107",
    "tb-5190266",
    "wx_yunshan",
    "会员0317",
]

ORDERS_BY_LINE_COUNT = {1: 130, 2: 95, 3: 20, 4: 5}  # 250 orders, 400 lines
DISCOUNTS = ("0", "0", "0", "0", "5.00", "10.00", "3.33", "12.80", "0.99", "20.00")

PLAN = {
    "name": "2026 春",
    "depths": 2,
    "base": "paid",
    "hold_days": 7,
    "self_purchase": False,
    "compression": False,
    "rules": [
        {"depth": 1, "percent": "10"},
        {"depth": 2, "percent": "5"},
        {"depth": 1, "level": "silver", "percent": "11"},
        {"depth": 1, "level": "gold", "percent": "12.5"},
        {"depth": 1, "level": "diamond", "percent": "15"},
        {"depth": 2, "level": "diamond", "percent": "6.25"},
    ],
}

DISTRIBUTOR_COLUMNS = ["code", "parent_code", "name", "phone", "level", "joined_at", "status"]
ORDER_COLUMNS = [
    "order_no", "line_no", "sku", "quantity", "unit_price", "discount", "shipping",
    "distributor_code", "customer", "region", "paid_at", "completed_at", "status",
]  # fmt: skip
REFUND_COLUMNS = ["refund_no", "order_no", "line_no", "quantity", "amount", "refunded_at"]


@dataclass
class Line:
    sku: str
    quantity: int
    unit_price: Decimal
    discount: Decimal

    @property
    def paid(self) -> Decimal:
        """What the customer paid for this line, in yuan."""
        return self.unit_price * self.quantity - self.discount


@dataclass
class Order:
    number: str
    placed_at: datetime
    distributor: str
    customer: str
    region: str
    shipping: str
    status: str
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)


def make_distributors(rng: random.Random) -> list[dict]:
    """Sixty people on four levels of the tree, parents before children."""
    names = rng.sample([s + g for s in SURNAMES for g in GIVEN_NAMES], sum(PEOPLE_PER_TREE_LEVEL))
    phones = rng.sample(range(10**7, 10**8), len(names))
    people: list[dict] = []
    above: list[dict] = []
    for tree_level, count in enumerate(PEOPLE_PER_TREE_LEVEL):
        row = []
        for _ in range(count):
            parent = rng.choice(above) if above else None
            earliest = date.fromisoformat(parent["joined_at"]) if parent else date(2025, 1, 6)
            number = len(people) + 1
            row.append(
                {
                    "code": f"D{number:03d}",
                    "parent_code": parent["code"] if parent else "",
                    "name": names[number - 1],
                    "phone": f"138{phones[number - 1]}",
                    "level": choose_level(rng, tree_level),
                    "joined_at": (earliest + timedelta(days=rng.randint(5, 120))).isoformat(),
                    "status": choose_status(f"D{number:03d}"),
                }
            )
            people.append(row[-1])
        above = row
    return people


def choose_level(rng: random.Random, tree_level: int) -> str:
    """People nearer to a root tend to hold a higher level."""
    weights = [(0, 0, 1, 3), (1, 4, 6, 1), (5, 6, 2, 0), (8, 3, 0, 0)][tree_level]
    return rng.choices([code for code, _, _ in LEVELS], weights)[0]


def choose_status(code: str) -> str:
    if code in SUSPENDED:
        return "suspended"
    if code in TERMINATED:
        return "terminated"
    return "" if int(code[1:]) % 9 == 0 else "active"


def file_order(people: list[dict]) -> list[dict]:
    """As a real export looks: some parents come later in the file than their children."""
    late = {"D002", "D007", "D011", "D020", "D031"}
    return [p for p in people if p["code"] not in late] + [p for p in people if p["code"] in late]


def make_customers(rng: random.Random, people: list[dict]) -> list[tuple[str, str]]:
    """(identifier, distributor code) of the regular customers; a few belong to nobody."""
    prefixes = ("139", "150", "159", "186", "177")
    numbers = rng.sample(range(10**7, 10**8), 104)
    identifiers = [f"{rng.choice(prefixes)}{number}" for number in numbers] + OTHER_IDENTIFIERS
    sellers = [p["code"] for p in people if p["status"] != "terminated"]
    weights = [rng.choice((1, 1, 2, 3, 6)) for _ in sellers]
    return [
        (i, "" if rng.random() < 0.08 else rng.choices(sellers, weights)[0]) for i in identifiers
    ]


def make_orders(rng: random.Random, people: list[dict]) -> list[Order]:
    customers = make_customers(rng, people)
    counts = [n for n, orders in ORDERS_BY_LINE_COUNT.items() for _ in range(orders)]
    rng.shuffle(counts)
    seconds = int((LAST_SECOND - FIRST_DAY).total_seconds())
    moments = sorted(rng.sample(range(7 * 3600, seconds), len(counts)))
    orders = []
    for index, (offset, line_count) in enumerate(zip(moments, counts, strict=True), start=1):
        placed_at = FIRST_DAY + timedelta(seconds=offset)
        customer, distributor = rng.choice(customers)
        if index % 18 == 0:  # a distributor buys for himself
            buyer = rng.choice([p for p in people if p["status"] in ("active", "")])
            customer = buyer["phone"] if index % 36 else buyer["code"]
            distributor = buyer["code"]
        order = Order(
            number=f"YS{placed_at:%y%m%d}{index:04d}",
            placed_at=placed_at,
            distributor=distributor,
            customer=customer,
            region=rng.choice(REGIONS),
            shipping=rng.choice(("0", "0", "0", "8.00", "12.00")),
            status="pending",
        )
        advance(rng, order)
        order.lines = [make_line(rng, row) for row in choose_products(rng, line_count)]
        orders.append(order)
    return orders


def choose_products(rng: random.Random, count: int) -> list[tuple]:
    chosen: list[tuple] = []
    while len(chosen) < count:
        product = rng.choices(PRODUCTS, PRODUCT_WEIGHTS)[0]
        if product not in chosen:
            chosen.append(product)
    return chosen


def make_line(rng: random.Random, product: tuple) -> Line:
    price = Decimal(product[3])
    if rng.random() < 0.15:  # a price agreed for a promotion
        price = (price * Decimal("0.95")).quantize(Decimal("0.01"))
    return Line(
        product[0],
        rng.choices((1, 2, 3, 5), (10, 5, 2, 1))[0],
        price,
        Decimal(rng.choice(DISCOUNTS)),
    )


def advance(rng: random.Random, order: Order) -> None:
    """Take the order as far as it came by the end of the period."""
    luck = rng.random()
    if luck < 0.06:
        order.status = "cancelled"
        return
    if luck < 0.08:
        return
    paid_at = order.placed_at + timedelta(seconds=rng.randint(20, 900))
    if paid_at > LAST_SECOND:
        return
    order.paid_at, order.status = paid_at, "paid"
    completed_at = paid_at + timedelta(days=rng.randint(3, 8), seconds=rng.randint(0, 40000))
    if completed_at <= LAST_SECOND:
        order.completed_at, order.status = completed_at, "completed"
    elif paid_at + timedelta(days=2) <= LAST_SECOND:
        order.status = "shipped"


def make_refunds(rng: random.Random, orders: list[Order]) -> list[dict]:
    """Fifteen refunds: partial and full, several on one line, before and after release."""
    sold = [o for o in orders if o.status == "completed" and o.distributor]
    chosen = rng.sample(sold, 11)
    several = [o for o in sold if o not in chosen and any(line.quantity > 1 for line in o.lines)]
    open_order = next(o for o in orders if o.status == "shipped" and o.distributor)
    rows: list[dict] = []

    def refund(
        order: Order, line: int, amount: Decimal, moment: datetime, quantity: int | str = ""
    ) -> None:
        rows.append(
            {
                "order_no": order.number,
                "line_no": line + 1,
                "quantity": quantity,
                "amount": amount,
                "at": moment,
            }
        )

    def before(order: Order) -> datetime:
        return order.completed_at + timedelta(seconds=rng.randint(3600, 6 * 86400))

    def after(order: Order) -> datetime:
        return order.completed_at + HOLD + timedelta(seconds=rng.randint(3600, 3 * 86400))

    def part(order: Order, share: str) -> Decimal:
        return (order.lines[0].paid * Decimal(share)).quantize(Decimal("0.01"))

    refund(open_order, 0, open_order.lines[0].paid, open_order.paid_at + timedelta(hours=20))
    refund(chosen[0], 0, chosen[0].lines[0].paid, before(chosen[0]), chosen[0].lines[0].quantity)
    refund(chosen[1], 0, part(chosen[1], "0.3"), before(chosen[1]))
    thirds = chosen[2]  # three refunds, the whole line in the end
    first, second = part(thirds, "0.3333"), part(thirds, "0.3333")
    refund(thirds, 0, first, thirds.completed_at + timedelta(days=1))
    refund(thirds, 0, second, thirds.completed_at + timedelta(days=3))
    refund(thirds, 0, thirds.lines[0].paid - first - second, after(thirds))
    refund(chosen[3], 0, part(chosen[3], "0.25"), before(chosen[3]))
    refund(chosen[3], 0, part(chosen[3], "0.4"), after(chosen[3]))
    for order in chosen[4:6]:
        refund(order, 0, order.lines[0].paid, after(order), order.lines[0].quantity)
    for order in chosen[6:9]:
        refund(order, 0, part(order, rng.choice(("0.1", "0.15", "0.5"))), after(order))
    for order in rng.sample(several, 2):  # one piece of several sent back
        number = next(n for n, line in enumerate(order.lines) if line.quantity > 1)
        line = order.lines[number]
        refund(
            order, number, (line.paid / line.quantity).quantize(Decimal("0.01")), before(order), 1
        )
    rows.sort(key=lambda row: row["at"])
    for number, row in enumerate(rows, start=1):
        row["refund_no"] = f"TK{row['at']:%y%m%d}{number:02d}"
    return rows


def show_time(moment: datetime | None, number: int) -> str:
    """ISO 8601 in local time, every eleventh one with its offset, every 23rd in UTC."""
    if moment is None:
        return ""
    if number % 23 == 0:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat() if number % 11 == 0 else moment.strftime("%Y-%m-%dT%H:%M:%S")


def order_rows(orders: list[Order]) -> list[list]:
    """One row per line; on every third order the later lines leave the order's columns empty."""
    rows = []
    for index, order in enumerate(orders, start=1):
        tail = [
            order.distributor, order.customer, order.region,
            show_time(order.paid_at, index), show_time(order.completed_at, index), order.status,
        ]  # fmt: skip
        for number, line in enumerate(order.lines, start=1):
            empty = number > 1 and index % 3 == 0
            rows.append(
                [order.number, number, line.sku, line.quantity, line.unit_price, line.discount]
                + (["" for _ in range(len(tail) + 1)] if empty else [order.shipping, *tail])
            )
    return rows


def refund_rows(refunds: list[dict]) -> list[list]:
    return [
        [
            r["refund_no"],
            r["order_no"],
            r["line_no"],
            r["quantity"],
            r["amount"],
            show_time(r["at"], number),
        ]
        for number, r in enumerate(refunds, start=1)
    ]


def write_csv(path: Path, header: list[str], rows: list[list]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(directory: Path) -> None:
    """Write the six files into the directory."""
    rng = random.Random(SEED)
    people = make_distributors(rng)
    orders = make_orders(rng, people)
    refunds = make_refunds(rng, orders)
    directory.mkdir(parents=True, exist_ok=True)
    write_csv(directory / "levels.csv", ["code", "name", "rank"], LEVELS)
    write_csv(
        directory / "distributors.csv",
        DISTRIBUTOR_COLUMNS,
        [list(p.values()) for p in file_order(people)],
    )
    write_csv(
        directory / "products.csv", ["sku", "name", "category", "price", "cost", "stock"], PRODUCTS
    )
    write_csv(directory / "orders.csv", ORDER_COLUMNS, order_rows(orders))
    write_csv(directory / "refunds.csv", REFUND_COLUMNS, refund_rows(refunds))
    plan = json.dumps(PLAN, ensure_ascii=False, indent=2) + "\n"
    (directory / "plan.json").write_text(plan, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
