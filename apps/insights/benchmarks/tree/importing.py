"""A file of people, next to the rows it makes put in by one INSERT … SELECT."""

import random
import time

from django.db import connection, models, transaction

from apps.core.bulk import no_search_for_cycles, room_for_many_pages
from apps.core.csv_files import read_rows
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.selectors.tree_checks import tree_faults
from apps.distributors.services.importing import DISTRIBUTOR_COLUMNS, import_distributors
from apps.insights.benchmarks.bulk import analyze
from apps.insights.benchmarks.tree.data import LEVELS, SEED, bench_merchant, code_of, random_parents
from apps.merchants.models import Merchant

WARM_UP = 10
MODELS = (Distributor, DistributorEvent)


def import_file(*, label: str, rows: int) -> dict:
    """Seconds from the bytes of a file to committed rows, and the faults of the trees it made."""
    content = _file(rows)
    with bench_merchant() as merchant:
        _warm_up(merchant)
        started = time.perf_counter()
        with no_search_for_cycles():  # as the command does
            parsed = read_rows(content, required=DISTRIBUTOR_COLUMNS)
            report = import_distributors(merchant=merchant, rows=parsed)
        seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "created": report.count("created"),
        "faults": sum(1 for _fault in tree_faults()),
    }


def _warm_up(merchant: Merchant) -> None:
    """What a process does once, such as reading its translations, is no part of an import."""
    with transaction.atomic():
        parsed = read_rows(_file(WARM_UP), required=DISTRIBUTOR_COLUMNS)
        import_distributors(merchant=merchant, rows=parsed)
        transaction.set_rollback(True)


def set_rows_aside(*, label: str) -> None:
    """The imported rows in tables without indexes, and gone from where they were."""
    with connection.cursor() as cursor:
        for model in MODELS:
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE ready_{table} AS SELECT * FROM {table} ORDER BY id")
        # The truth is a chain: whoever stands below goes first.
        cursor.execute("DELETE FROM distributors_distributorevent")
        cursor.execute("SELECT MAX(tree_depth) FROM distributors_distributor")
        for depth in range(cursor.fetchone()[0], -1, -1):
            cursor.execute("DELETE FROM distributors_distributor WHERE tree_depth = %s", [depth])
    analyze()


def insert_ready_rows(*, label: str) -> float:
    """Seconds of INSERT … SELECT into the real tables, with their indexes and constraints."""
    started = time.perf_counter()
    # The same room as the import has.
    with room_for_many_pages(), transaction.atomic(), connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(_copy_statement(model))
    return time.perf_counter() - started


def _copy_statement(model: type[models.Model]) -> str:
    table = model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ready_{table}"


def _file(rows: int) -> bytes:
    chance = random.Random(SEED + 4)
    parents = random_parents(rows, SEED + 5)
    lines = [",".join(DISTRIBUTOR_COLUMNS)]
    lines += [
        f"{code_of(number)},{code_of(parent) if parent >= 0 else ''},Person {number},"
        f"138{number:08d},{chance.choice(('', *LEVELS))},2026-01-{1 + number % 28:02d},"
        for number, parent in enumerate(parents)
    ]
    return "\n".join(lines).encode()
