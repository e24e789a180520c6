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

STEPS_ONCE = 8
STEPS_PER_ROUND = 5
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
    tenth, _booked = _book(bench, scale, empty, scale.first_orders, f"1/{GROWTH} of the orders")
    tenth |= {"online": _online(bench, _booked, scale.first_orders)}
    bench.drop(_booked)
    bench.run(empty, "making orders", add_orders, first=scale.first_orders, last=scale.orders)
    whole, booked = _book(bench, scale, empty, scale.orders, "all orders")
    alone = _commissions_alone(bench, scale, empty)
    ready = _ready_rows(bench, scale, empty, booked)
    compared = bench.run(booked, "comparing rows", compare_commissions)
    faults = bench.run(booked, "proving the books", count_faults, proves_books=scale.proves_books)
    whole |= {"online": _online(bench, booked, scale.orders)}
    return Report(
        [
            *_speed(scale, whole, alone, ready),
            *_growth(tenth, whole),
            *_online_figures(tenth, whole),
            Figure("commission rows unlike SQL's", compared["different"], "rows", at_most(0)),
            Figure("faults in the books", faults, "faults", at_most(0)),
        ],
        _notes(scale, compared, ready),
    )


def _book(bench: Workbench, scale: Scale, empty: str, orders: int, name: str) -> tuple[dict, str]:
    """The quickest of the rounds, and the database the last one booked."""
    results, booked = [], ""
    for _round in range(scale.rounds):
        if booked:
            bench.drop(booked)
        booked = bench.copy(empty)
        results.append(bench.run(booked, f"booking {name}", run_stages, orders=orders))
    return min(results, key=lambda result: result["seconds"]), booked


def _commissions_alone(bench: Workbench, scale: Scale, empty: str) -> dict:
    attributed = bench.copy(empty)
    bench.run(attributed, "attributing", attribute, orders=scale.orders)
    product, sql = [], []
    for _round in range(scale.rounds):
        with bench.a_copy_of(attributed) as copy:
            sql.append(bench.run(copy, "commissions by SQL", insert_commissions))
        with bench.a_copy_of(attributed) as copy:
            product.append(
                bench.run(copy, "commissions alone", book_without_ledger, orders=scale.orders)
            )
    bench.drop(attributed)
    return {"product": _rate(product), "sql": _rate(sql)}


def _rate(results: Sequence[dict]) -> float:
    """Rows a second, in the quickest round."""
    return max(result["rows"] / result["seconds"] for result in results)


def _ready_rows(bench: Workbench, scale: Scale, empty: str, booked: str) -> dict:
    with tempfile.TemporaryDirectory(prefix="bench_") as directory:
        counts = bench.run(booked, "taking the rows out", dump_rows, directory=directory)
        seconds = []
        for _round in range(scale.rounds):
            with bench.a_copy_of(empty) as copy:
                seconds.append(
                    bench.run(
                        copy,
                        "loading ready rows",
                        load_ready_rows,
                        directory=directory,
                        booked=booked,
                    )
                )
    return {"seconds": min(seconds), "rows": sum(counts.values())}


def _online(bench: Workbench, booked: str, orders: int) -> dict:
    return bench.run(booked, "booking one more order", book_one_order, orders=orders)


def _speed(scale: Scale, whole: dict, alone: dict, ready: dict) -> list[Figure]:
    return [
        Figure(
            "commission rows alone : INSERT … SELECT",
            alone["product"],
            "rows/s",
            at_least(0.6),
            alone["sql"],
        ),
        Figure(
            f"whole stage : {_loading()} of ready rows",
            ready["rows"] / whole["seconds"],
            "rows/s",
            at_least(0.5),
            ready["rows"] / ready["seconds"],
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


def _online_figures(tenth: dict, whole: dict) -> list[Figure]:
    before, after = tenth["online"]["statements"], whole["online"]["statements"]
    return [
        Figure("one order online", after, "statements", at_most(12)),
        Figure(f"… after {GROWTH} × the orders", after, "statements", at_most(1), before),
    ]


def _loading() -> str:
    return "COPY" if connection.vendor == "postgresql" else "executemany"


def _notes(scale: Scale, compared: dict, ready: dict) -> list[str]:
    return [
        f"{connection.vendor}, {scale.distributors:,} distributors, {scale.orders:,} orders; "
        f"best of {scale.rounds}",
        f"{compared['rows']:,} commission rows compared with {compared['expected']:,} of SQL's, "
        f"both ways; the ceiling is reached on {compared['scaled']:,} lines",
        f"{ready['rows']:,} rows written to {len(TABLES)} tables by the whole stage",
    ]
