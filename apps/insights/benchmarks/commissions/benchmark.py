"""The benchmark `commissions`: its steps and its goals."""

import tempfile
from collections.abc import Sequence

from django.db import connection

from apps.insights.benchmarks.commissions.data import add_orders, prepare
from apps.insights.benchmarks.commissions.plain_sql import compare_commissions, insert_commissions
from apps.insights.benchmarks.commissions.product import (
    attribute,
    book_one_order,
    book_without_ledger,
    run_stages,
)
from apps.insights.benchmarks.commissions.proof import count_faults
from apps.insights.benchmarks.commissions.ready_rows import TABLES, dump_rows, load_ready_rows
from apps.insights.benchmarks.commissions.scale import GROWTH, SIZES, Scale
from apps.insights.benchmarks.figures import Figure, Report, at_least, at_most
from apps.insights.benchmarks.workbench import Workbench

__all__ = ["SIZES", "count_steps", "run"]

STEPS_ONCE = 7
STEPS_PER_ROUND = 6
MEBIBYTE = 1 << 20


def count_steps(scale: Scale) -> int:
    return STEPS_ONCE + STEPS_PER_ROUND * scale.rounds


def run(bench: Workbench, scale: Scale) -> Report:
    """Measure a tenth of the orders, then all of them; compare with SQL and with ready rows."""
    empty = bench.create()
    bench.run(
        empty,
        "making people and goods",
        prepare,
        distributors=scale.distributors,
        orders=scale.first_orders,
    )
    tenth = _measure_tenth(bench, scale, empty)
    bench.run(empty, "making orders", add_orders, first=scale.first_orders, last=scale.orders)
    whole = _measure_whole(bench, scale, empty)
    alone = _measure_commissions_alone(bench, scale, empty)
    # Rows left out by a quicker way are no speed.
    different = whole["compared"]["different"] + abs(alone["product_rows"] - alone["sql_rows"])
    return Report(
        [
            *_speed(whole, alone),
            *_growth(tenth, whole),
            *_online(tenth, whole),
            Figure("commission rows unlike SQL's", different, "rows", at_most(0)),
            Figure("faults in the books", whole["faults"], "faults", at_most(0)),
        ],
        _notes(scale, whole),
    )


def _measure_tenth(bench: Workbench, scale: Scale, empty: str) -> dict:
    orders = scale.first_orders
    rounds = []
    for _round in range(scale.rounds):
        with bench.a_copy_of(empty) as copy:
            label = f"booking 1/{GROWTH} of the orders"
            rounds.append(bench.run(copy, label, run_stages, orders=orders))
            online = bench.run(copy, "booking one more order", book_one_order, orders=orders)
    return _best(rounds) | {"online": online}


def _measure_whole(bench: Workbench, scale: Scale, empty: str) -> dict:
    """The stages over all orders, turn about with loading the rows they made."""
    rounds, ready = [], []
    booked, counts = "", {}
    with tempfile.TemporaryDirectory(prefix="bench_") as directory:
        for _round in range(scale.rounds):
            copy = bench.copy(empty)
            rounds.append(bench.run(copy, "booking all orders", run_stages, orders=scale.orders))
            if booked:
                bench.drop(copy)
            else:
                booked = copy
                counts = bench.run(booked, "taking the rows out", dump_rows, directory=directory)
            source = {"directory": directory, "booked": booked}
            with bench.a_copy_of(empty) as copy:
                ready.append(bench.run(copy, "loading ready rows", load_ready_rows, **source))
    return _best(rounds) | {
        "rows": sum(counts.values()),
        "ready_seconds": min(ready),
        "compared": bench.run(booked, "comparing rows", compare_commissions),
        "faults": bench.run(
            booked, "proving the books", count_faults, proves_books=scale.proves_books
        ),
        "online": bench.run(booked, "booking one more order", book_one_order, orders=scale.orders),
    }


def _best(rounds: Sequence[dict]) -> dict:
    """The quickest round, with the most memory of any."""
    quickest = min(rounds, key=lambda each: each["seconds"])
    return quickest | {"memory": max(each["memory"] for each in rounds)}


def _measure_commissions_alone(bench: Workbench, scale: Scale, empty: str) -> dict:
    product, sql = [], []
    with bench.a_copy_of(empty) as attributed:
        bench.run(attributed, "attributing", attribute, orders=scale.orders)
        for _round in range(scale.rounds):
            with bench.a_copy_of(attributed) as copy:
                sql.append(bench.run(copy, "commissions by SQL", insert_commissions))
            with bench.a_copy_of(attributed) as copy:
                product.append(
                    bench.run(copy, "commissions alone", book_without_ledger, orders=scale.orders)
                )
    return {
        "product_seconds": min(each["seconds"] for each in product),
        "product_rows": product[0]["rows"],
        "sql_seconds": min(each["seconds"] for each in sql),
        "sql_rows": sql[0]["rows"],
    }


def _speed(whole: dict, alone: dict) -> list[Figure]:
    return [
        Figure(
            "commission rows alone : INSERT … SELECT",
            alone["product_rows"] / alone["product_seconds"],
            "rows/s",
            at_least(0.6),
            alone["sql_rows"] / alone["sql_seconds"],
        ),
        Figure(
            f"whole stage : {_loading()} of ready rows",
            whole["rows"] / whole["seconds"],
            "rows/s",
            at_least(0.5),
            whole["rows"] / whole["ready_seconds"],
        ),
    ]


def _growth(tenth: dict, whole: dict) -> list[Figure]:
    return [
        Figure(
            f"time for {GROWTH} × the orders",
            whole["seconds"],
            "s",
            at_most(11.5),
            tenth["seconds"],
        ),
        Figure(
            f"peak memory for {GROWTH} × the orders",
            whole["memory"] / MEBIBYTE,
            "MiB",
            at_most(1.2),
            tenth["memory"] / MEBIBYTE,
        ),
    ]


def _online(tenth: dict, whole: dict) -> list[Figure]:
    before, after = tenth["online"]["statements"], whole["online"]["statements"]
    return [
        Figure("one order online", after, "statements", at_most(12)),
        Figure(f"… with {GROWTH} × the history", after, "statements", at_most(1), before),
    ]


def _loading() -> str:
    return "COPY" if connection.vendor == "postgresql" else "executemany"


def _notes(scale: Scale, whole: dict) -> list[str]:
    compared = whole["compared"]
    return [
        f"{connection.vendor}, {scale.distributors:,} distributors, {scale.orders:,} orders; "
        f"best of {scale.rounds}",
        f"{compared['rows']:,} commission rows compared with {compared['expected']:,} of SQL's, "
        f"both ways; the ceiling is reached on {compared['scaled']:,} lines",
        f"{whole['rows']:,} rows in {len(TABLES)} tables written by the whole stage: "
        f"{scale.orders / whole['seconds']:,.0f} orders/s",
    ]
