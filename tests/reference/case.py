"""The shape of a worked case: small files in, the rows that pencil and paper gave out.

Inputs name only the columns that matter; `Case.files` fills in the rest, so the same texts can be
written to disk and imported. Tables are lines of comma-separated cells; blanks around a cell do
not count.
"""

import csv
import io
from dataclasses import dataclass, field

COLUMNS = {
    "levels.csv": ["code", "name", "rank"],
    "distributors.csv": ["code", "parent_code", "name", "phone", "level", "joined_at", "status"],
    "products.csv": ["sku", "name", "category", "price", "cost", "stock"],
    "orders.csv": [
        "order_no", "line_no", "sku", "quantity", "unit_price", "discount", "shipping",
        "distributor_code", "customer", "region", "paid_at", "completed_at", "status",
    ],
    "refunds.csv": [
        "refund_no", "order_no", "line_no", "quantity", "amount", "refunded_at", "undoes",
    ],
}  # fmt: skip
OF_THE_ORDER = (
    "shipping",
    "distributor_code",
    "customer",
    "region",
    "paid_at",
    "completed_at",
    "status",
)

LEVELS = """
code,   name, rank
bronze, 铜牌, 1
silver, 银牌, 2
gold,   金牌, 3
"""
# A chain of four: A above B above C above D. Phones are 13800000001 to 13800000004.
PEOPLE = """
code, parent_code, level
A,    ,            gold
B,    A,           silver
C,    B,           bronze
D,    C,           bronze
"""
PRODUCTS = """
sku,   category, price,  cost
T-001, 茶/普洱,   100.00, 60.00
T-002, 茶/白茶,   50.00,  20.00
C-001, 茶具,      30.00,  10.00
"""
NO_REFUNDS = "refund_no, order_no, amount, refunded_at"
JANUARY = "2026-01-01T00:00:00"
SUMMER = "2026-06-30T00:00:00"


def plan(*rules: dict, **changes) -> dict:
    """A plan document: two depths, paid amount, 7 days; 10 % and 5 % unless rules are given."""
    document = {
        "name": "Spring",
        "depths": 2,
        "base": "paid",
        "hold_days": 7,
        "self_purchase": False,
        "compression": False,
        "rules": list(rules) or [percent(1, "10"), percent(2, "5")],
    }
    return document | changes


def percent(depth: int, value: str, **scope: str) -> dict:
    return {"depth": depth, **scope, "percent": value}


def fixed(depth: int, value: str, **scope: str) -> dict:
    return {"depth": depth, **scope, "amount": value}


def table(text: str) -> list[dict[str, str]]:
    """The rows of a comma-separated table with a header."""
    lines = [[cell.strip() for cell in line.split(",")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


@dataclass
class Case:
    """One worked case.

    `needs` names what a plan must be able to say beyond percentages by depth and level of the paid
    amount: fixed, scope, list, profit, ceiling, self_purchase, compression; or what the run must be
    able to do: withdrawals, plans (more than one).
    `withdrawals` are (code, amount, moment), asked for and paid out at that moment.
    `balances` names whoever has a figure other than zero. `rankings` are (first, last, by, rows).
    """

    name: str
    point: int
    orders: str
    refunds: str = NO_REFUNDS
    people: str = PEOPLE
    products: str = PRODUCTS
    plans: list[tuple[str, dict]] = field(default_factory=lambda: [(JANUARY, plan())])
    as_of: str = SUMMER
    withdrawals: list[tuple[str, str, str]] = field(default_factory=list)
    needs: frozenset[str] = frozenset()
    commissions: str | None = None
    balances: str | None = None
    rankings: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def files(self) -> dict[str, str]:
        """Complete CSV texts by file name, as the import commands read them; none without rows."""
        tables = {
            "levels.csv": table(LEVELS),
            "distributors.csv": [
                self._person(n, row) for n, row in enumerate(table(self.people), start=1)
            ],
            "products.csv": [
                {"name": row["sku"], "stock": "1000"} | row for row in table(self.products)
            ],
            "orders.csv": self._order_lines(),
            "refunds.csv": [{"line_no": "1", "quantity": ""} | row for row in table(self.refunds)],
        }
        return {name: write_csv(COLUMNS[name], rows) for name, rows in tables.items() if rows}

    @staticmethod
    def _person(number: int, row: dict[str, str]) -> dict[str, str]:
        defaults = {
            "name": row["code"],
            "phone": f"1380000{number:04d}",
            "joined_at": "2025-06-01",
            "status": "active",
        }
        return defaults | row

    def _order_lines(self) -> list[dict[str, str]]:
        """Later lines of an order leave what belongs to the order empty."""
        rows, seen = [], set()
        for row in table(self.orders):
            line = {
                "line_no": "1",
                "sku": "T-001",
                "quantity": "1",
                "unit_price": "100.00",
                "discount": "0",
            }
            if row["order_no"] in seen:
                line |= {column: "" for column in OF_THE_ORDER}
                line |= {key: value for key, value in row.items() if key not in OF_THE_ORDER}
            else:
                line |= {
                    "shipping": "0",
                    "customer": "13900000001",
                    "region": "浙江省/杭州市/西湖区",
                }
                line |= {"paid_at": "2026-03-10T12:00:00", "completed_at": ""}
                line |= {"status": "completed" if row.get("completed_at") else "paid"} | row
            seen.add(row["order_no"])
            rows.append(line)
        return rows


def write_csv(columns: list[str], rows: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
