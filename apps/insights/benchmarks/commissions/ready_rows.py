"""The same rows, ready made, into the same tables: as quick as a database takes them in."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction

from apps.commissions.models import Commission, OrderBooking
from apps.core.bulk import room_for_many_pages
from apps.ledger.models import Account, Transfer, Wallet
from apps.promotion.models import Attribution

# Every table a batch writes, referenced ones first.
TABLES = [
    model._meta.db_table
    for model in (Attribution, OrderBooking, Commission, Wallet, Account, Transfer)
]
BLOCK = 1 << 20


def dump_rows(*, label: str, directory: str) -> dict:
    """Write a booked database's rows to files for `load_ready_rows`; table → how many rows.

    SQLite reads them out of the booked database itself.
    """
    counts = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
            if connection.vendor == "postgresql":
                file = Path(directory, table)
                with file.open("wb") as out, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                    for block in copy:
                        out.write(block)
    return counts


def load_ready_rows(*, label: str, directory: str, booked: str) -> float:
    """Seconds for all rows of all tables, in one transaction; reading them is not counted."""
    load: Callable[[str, str], float]
    load, source = (
        (_copy, directory) if connection.vendor == "postgresql" else (_executemany, booked)
    )
    # The same room as the stages have.
    with room_for_many_pages(), transaction.atomic():
        seconds = sum(load(table, source) for table in TABLES)
        started = time.perf_counter()
    return seconds + time.perf_counter() - started


def _copy(table: str, directory: str) -> float:
    started = time.perf_counter()
    with (
        Path(directory, table).open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN") as copy,
    ):
        for block in _blocks(file):
            copy.write(block)
    return time.perf_counter() - started


def _blocks(file) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _executemany(table: str, booked: str) -> float:
    with closing(sqlite3.connect(booked)) as source:
        rows = source.execute(f"SELECT * FROM {table}").fetchall()
    marks = ", ".join("?" * len(rows[0]))
    started = time.perf_counter()
    connection.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return time.perf_counter() - started
