"""Reading the whole tree: the check next to a plain read, the ranking next to one GROUP BY."""

import os
import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.db import connection, transaction

from apps.distributors.selectors.tree_checks import tree_faults
from apps.insights.benchmarks.steps import peak_memory
from apps.insights.benchmarks.tree.data import DAYS, MERCHANT_CODE, START

ROWS_PER_FETCH = 5000
# The columns by which a place in the tree is judged, and by which somebody is named.
PLACES = """
    SELECT id, code, merchant_id, parent_id, tree_id, lft, rght, tree_depth
    FROM distributors_distributor
"""
OWN_SALES = """
    SELECT attribution.distributor_id, SUM(line.paid_amount)
    FROM orders_orderline AS line
    JOIN orders_order AS orders ON orders.id = line.order_id
    JOIN promotion_attribution AS attribution ON attribution.order_id = orders.id
    WHERE orders.paid_at >= %s AND attribution.distributor_id IS NOT NULL
    GROUP BY attribution.distributor_id
"""


def check(*, label: str, rounds: int) -> dict:
    """Seconds of the check and of a sequential read into Python, turn about; and the faults."""
    read, checked, faults = [], [], 0
    for _round in range(rounds):
        read.append(_seconds(lambda: _read_all(PLACES)))
        started = time.perf_counter()
        faults = sum(1 for _fault in tree_faults())
        checked.append(time.perf_counter() - started)
    return {"read": min(read), "check": min(checked), "faults": faults}


def group_own_sales(*, label: str, rounds: int) -> float:
    """Seconds of one GROUP BY of own sales, read into Python."""
    since = connection.ops.adapt_datetimefield_value(START - timedelta(days=1))
    return min(_seconds(lambda: _read_all(OWN_SALES, [since])) for _round in range(rounds))


def export_ranking(*, label: str) -> dict:
    """Everybody's ranking as CSV, as the command writes it: seconds, and memory above idle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    idle = peak_memory()
    last = START + timedelta(days=DAYS)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        seconds = _seconds(
            lambda: call_command(
                "export_ranking",
                merchant=MERCHANT_CODE,
                date_from=START.date().isoformat(),
                date_to=last.date().isoformat(),
                stdout=nowhere,
            )
        )
    return {"seconds": seconds, "memory": peak_memory() - idle}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read_all(statement: str, parameters: list | None = None) -> int:
    count = 0
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            count += len(rows)
    return count
