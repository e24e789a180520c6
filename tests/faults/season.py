"""A merchant's season, long over: the files it is imported from, and the commands that do it.

Everybody stands in one tree of threes, and the plan pays three depths, so an order makes three
commissions, but for the few at the top.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from apps.core.money import to_minor

# In the merchant's own time, as files have it.
START = datetime.fromisoformat("2025-03-01T00:00:00")
DAYS = 60
HOLD_DAYS = 7
AS_OF = "2025-07-01T00:00:00"
PLAN = {
    "name": "Season",
    "depths": 3,
    "base": "paid",
    "hold_days": HOLD_DAYS,
    "self_purchase": False,
    "compression": False,
    "ceiling": {"of": "paid", "percent": "16"},
    "rules": [
        {"depth": 1, "percent": "10"},
        {"depth": 2, "percent": "5"},
        {"depth": 3, "percent": "2.5"},
        {"depth": 1, "sku": "S-2", "amount": "3.33"},
    ],
}
PRICES = {"S-1": "99.99", "S-2": "45.50", "S-3": "268.00"}
ORDER_COLUMNS = (
    "order_no line_no sku quantity unit_price discount shipping distributor_code customer region"
    " paid_at completed_at status"
).split()
REFUND_COLUMNS = "refund_no order_no line_no quantity amount refunded_at".split()


@dataclass(frozen=True)
class Season:
    """So many people and orders; every `refund_every`-th order is refunded, none if 0."""

    code: str
    people: int
    orders: int
    refund_every: int = 0

    def write(self, folder: Path, chance: Random) -> list[str]:
        """Write the files; the management commands that make the merchant of them."""
        folder = folder / self.code
        folder.mkdir()
        orders = make_orders(chance, self.code, self.orders, self.people)
        write_csv(folder / "distributors.csv", self._people())
        write_csv(folder / "products.csv", self._products())
        write_csv(folder / "orders.csv", orders)
        (folder / "plan.json").write_text(json.dumps(PLAN), "utf-8")
        kinds = ["distributors", "products", "orders"]
        if self.refund_every:
            write_csv(folder / "refunds.csv", self._refunds(chance, orders))
            kinds.append("refunds")
        merchant = f"--merchant {self.code}"
        return [
            f"create_merchant {self.code} --name {self.code}",
            *(f"import_{kind} {merchant} {folder / kind}.csv" for kind in kinds),
            f"import_plan {merchant} {folder / 'plan.json'} --activate"
            f" --from {START.isoformat()} --acknowledge Owner",
        ]

    def _people(self) -> Iterable[dict]:
        for number in range(self.people):
            yield {
                "code": person(number),
                "parent_code": person((number - 1) // 3) if number else "",
                "name": f"Person {number}",
                "phone": f"138{number:08d}",
                "level": "",
                "joined_at": "2025-01-01",
                "status": "active",
            }

    def _products(self) -> Iterable[dict]:
        for sku, price in PRICES.items():
            yield {
                "sku": sku, "name": sku, "category": "", "price": price, "cost": "1.00", "stock": 9
            }  # fmt: skip

    def _refunds(self, chance: Random, orders: Sequence[dict]) -> Iterable[dict]:
        """Before and after the release, in part and in full."""
        for number, order in enumerate(orders[:: self.refund_every]):
            paid = to_minor(order["unit_price"]) * order["quantity"]
            paid_at = datetime.fromisoformat(order["paid_at"])
            yield {
                "refund_no": f"R{number:05d}",
                "order_no": order["order_no"],
                "line_no": 1,
                "quantity": "",
                "amount": f"{chance.choice([paid, chance.randint(1, paid)]) / 100:.2f}",
                "refunded_at": (paid_at + timedelta(hours=chance.randint(1, 480))).isoformat(),
            }


def person(number: int) -> str:
    return f"P{number:04d}"


def make_orders(chance: Random, prefix: str, count: int, people: int) -> list[dict]:
    """Order rows of one line each; all but one in twenty are completed three days later."""
    rows = []
    for number in range(count):
        paid_at = START + timedelta(seconds=chance.randrange(DAYS * 86_400))
        is_completed = bool(chance.randrange(20))
        sku = chance.choice(list(PRICES))
        values = (
            f"{prefix}-{number:05d}", 1, sku, chance.randint(1, 3), PRICES[sku], "0", "0",
            person(chance.randrange(people)), f"buyer-{chance.randrange(500)}", "",
            paid_at.isoformat(),
            (paid_at + timedelta(days=3)).isoformat() if is_completed else "",
            "completed" if is_completed else "paid",
        )  # fmt: skip
        rows.append(dict(zip(ORDER_COLUMNS, values, strict=True)))
    return rows


def write_csv(path: Path, rows: Iterable[dict]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
