"""The example files are what they say they are, and their script writes them again."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.reference.restatement import balances, commissions, ranking
from tests.reference.world import World, read_money, read_world

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ["levels.csv", "distributors.csv", "products.csv", "orders.csv", "refunds.csv", "plan.json"]
AS_OF = "2026-06-15T00:00:00"


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def world() -> World:
    files = {name: (EXAMPLES / name).read_text(encoding="utf-8") for name in NAMES[:-1]}
    return read_world(
        files,
        [("2026-03-01T00:00:00", json.loads((EXAMPLES / "plan.json").read_text(encoding="utf-8")))],
    )


def test_the_script_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "generate.py"), str(tmp_path)], check=True)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes(), name


def test_sizes() -> None:
    assert [len(rows(name)) for name in NAMES[:-1]] == [4, 60, 12, 400, 15]
    assert len({row["order_no"] for row in rows("orders.csv")}) == 250


def test_people() -> None:
    people = {row["code"]: row for row in rows("distributors.csv")}

    def tree_level(code: str) -> int:
        parent = people[code]["parent_code"]
        return 1 + tree_level(parent) if parent else 1

    assert Counter(tree_level(code) for code in people) == {1: 4, 2: 14, 3: 24, 4: 18}
    assert Counter(p["status"] or "active" for p in people.values()) == {
        "active": 57,
        "suspended": 2,
        "terminated": 1,
    }
    assert (
        len({p["phone"] for p in people.values()})
        == len({p["name"] for p in people.values()})
        == 60
    )
    assert all(p["phone"].startswith("138") and len(p["phone"]) == 11 for p in people.values())
    order = list(people)
    assert any(
        p["parent_code"] and order.index(p["parent_code"]) > order.index(c)
        for c, p in people.items()
    )


def test_orders_and_refunds() -> None:
    tea = world()  # reading it refuses a refund beyond what was paid
    assert {o.status for o in tea.orders.values()} == {
        "pending",
        "paid",
        "shipped",
        "completed",
        "cancelled",
    }
    moments = [
        o.paid_at.astimezone(tea.zone).date().isoformat() for o in tea.orders.values() if o.paid_at
    ]
    assert min(moments) >= "2026-03-01" and max(moments) <= "2026-05-31"
    refunded = [(o, line) for o in tea.orders.values() for line in o.lines.values() if line.refunds]
    assert all(r.refunded_at > o.paid_at for o, line in refunded for r in line.refunds)
    assert sorted(len(line.refunds) for _, line in refunded)[-2:] == [2, 3]
    assert all(o.status in ("paid", "shipped", "completed") for o, _ in refunded)


def test_the_figures_add_up() -> None:
    tea = world()
    booked = sum(read_money(row["amount"]) for row in commissions(tea, AS_OF))
    assert booked == sum(read_money(row["lifetime"]) for row in balances(tea, AS_OF))
    assert booked == sum(
        read_money(row["commission"])
        for row in ranking(tea, "2026-03-01", "2026-06-30", as_of=AS_OF)
    )
