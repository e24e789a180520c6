"""How a check reads the books: one statement over one merchant, all checks over one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

Rows = Iterator[tuple]


def query(sql: str, merchant, **values: Any) -> Rows:
    """The rows of one statement; `:merchant` and each `:name` of `values` stand for parameters."""
    named = {"merchant": merchant.pk, **values}
    for name in named:
        sql = sql.replace(f":{name}", f"%({name})s")
    with connection.cursor() as cursor:
        cursor.execute(sql, named)
        yield from cursor.fetchall()


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads inside see the books as they stood at one moment, and keep nobody from writing.

    Without it a check that needs two statements could meet a chunk that a worker has just
    committed, and call a sound book broken. Inside a transaction it does nothing.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        yield from _sqlite_snapshot()


def _sqlite_snapshot() -> Iterator[None]:
    # Django would begin IMMEDIATE (settings) and so keep every writer waiting; reading needs no
    # more than the snapshot that a deferred transaction takes.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
