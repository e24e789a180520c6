"""The worked examples of the further kinds in docs/commissions.md, run through the command line."""

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.flows.command_line import Shopkeeper, run
from tests.flows.test_docs_bonuses import same, shown
from tests.reference.case import JANUARY, SUMMER, Case, percent, plan

pytestmark = pytest.mark.django_db
LEVEL_RATES = [
    {"level": "bronze", "percent": "10"},
    {"level": "silver", "percent": "15"},
    {"level": "gold", "percent": "20"},
]
AGENTS = [
    {"region": "浙江省", "distributor": "D", "percent": "1"},
    {"region": "浙江省/杭州市", "distributor": "C", "percent": "2"},
]
TWO_CITIES = """
order_no, distributor_code, region
O1,       A,                浙江省/杭州市/西湖区
O2,       A,                浙江省/宁波市/海曙区
"""
EXAMPLES = {
    "level difference": Case(
        name="", point=12, orders="order_no, distributor_code\nO1, D",
        plans=[(JANUARY, plan(
            percent(1, "10"), depths=3,
            level_difference={"rates": LEVEL_RATES, "same_level": "1"},
        ))],
    ),
    "newcomer boost": Case(
        name="", point=12,
        people="""
        code, parent_code, level,  joined_at
        C,    ,            bronze, 2025-06-01
        D,    C,           bronze, 2026-02-20
        """,
        orders="""
        order_no, distributor_code, paid_at
        O1,       D,                2026-03-10T12:00:00
        O2,       D,                2026-03-23T12:00:00
        """,
        plans=[(JANUARY, plan(newcomer={"days": 30, "percent": "3"}))],
    ),
    "campaign extra": Case(
        name="", point=12,
        orders="""
        order_no, distributor_code, paid_at
        O1,       D,                2026-03-10T12:00:00
        O2,       D,                2026-03-23T12:00:00
        """,
    ),
    "referral award": Case(
        name="", point=12,
        orders="""
        order_no, distributor_code, customer,    paid_at
        O1,       A,                13800000003, 2026-03-10T12:00:00
        O2,       A,                C,           2026-03-11T12:00:00
        O3,       A,                13800000003, 2026-03-12T12:00:00
        """,
        plans=[(JANUARY, plan(referral={"orders": 2, "percent": "4"}))],
    ),
    "nearest agent": Case(
        name="", point=12, orders=TWO_CITIES,
        plans=[(JANUARY, plan(regions={"pays": "nearest", "agents": AGENTS}))],
    ),
    "all agents": Case(
        name="", point=12, orders=TWO_CITIES,
        plans=[(JANUARY, plan(regions={"pays": "all", "agents": AGENTS}))],
    ),
    "store share": Case(
        name="", point=12, orders="order_no, distributor_code\nO1, B",
        refunds="""
        refund_no, order_no, amount, refunded_at
        R1,        O1,       50.00,  2026-03-20T12:00:00
        """,
        plans=[(JANUARY, plan(
            store={"percent": "3"}, ceiling={"of": "paid", "percent": "12"},
        ))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_is_what_the_command_line_computes(tmp_path: Path, example):
    case, keeper = EXAMPLES[example], Shopkeeper(tmp_path)
    people = ("levels.csv", "distributors.csv", "products.csv")
    files = case.files
    keeper.take_in({name: files[name] for name in people}, case.plans)
    keeper.open_stores({"S1": "C"})
    if example == "campaign extra":
        start, end = (datetime(2026, 3, day, tzinfo=ZoneInfo("Asia/Shanghai")) for day in (8, 18))
        keeper.announce("SPRING", sku="T-001", price="90", extra="3", starts_at=start, ends_at=end)
    files["orders.csv"] = picked_up(files["orders.csv"])
    keeper.take_in({name: text for name, text in files.items() if name not in people}, [])

    keeper.run_due(SUMMER)

    expected = shown(example)
    exported = keeper.export("commissions")
    exported.sort(
        key=lambda row: (row["order_no"], row["refund_no"], row["beneficiary"], row["kind"])
    )
    assert [[same(row[name]) for name in expected[0]] for row in exported] == [
        [same(cell) for cell in row.values()] for row in expected
    ]
    assert run("reconcile", "--merchant", keeper.code) == ""
    assert "no difference" in run("audit_commissions", "--merchant", keeper.code)


def picked_up(orders: str) -> str:
    """The order file with every order picked up at store S1."""
    rows = list(csv.DictReader(io.StringIO(orders)))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0], "store"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"store": "S1"} for row in rows)
    return out.getvalue()
