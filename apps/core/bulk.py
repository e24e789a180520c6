"""Many rows at once, at the database's own speed.

Building a model instance per row is what bulk work spends most of its time on. Values here are as
the database holds them: money in minor units, rates in basis points, JSON as text.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, F, Model
from django.db.models.expressions import RawSQL

_encode = json.JSONEncoder(ensure_ascii=False).encode
# Below this many rows one INSERT is quicker than opening a COPY.
SMALL = 20
# Kilobytes, negative, of pages in memory; pages in the log before they are put in their place.
ROOMY = {"cache_size": -32_000, "wal_autocheckpoint": 16_000}


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows given as database columns; returns how many. One statement on PostgreSQL.

    Constraints and triggers hold as always. The caller gives every column that has no default in
    the database; only the id may be left out. `rows` may be computed while they are written, so
    that the database works meanwhile, but must not query: the connection is busy.
    """
    rows = iter(rows)
    first = list(islice(rows, SMALL))
    if not first:
        return 0
    names = ", ".join(f'"{column}"' for column in columns)
    target = f'"{model._meta.db_table}" ({names})'
    one_row = "(" + ", ".join(["%s"] * len(columns)) + ")"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            every_row = _as_sqlite_stores(first[0], chain(first, rows))
            cursor.executemany(f"INSERT INTO {target} VALUES {one_row}", every_row)
            return cursor.rowcount
        if len(first) < SMALL:
            every_row = ", ".join([one_row] * len(first))
            values = [value for row in first for value in row]
            cursor.execute(f"INSERT INTO {target} VALUES {every_row}", values)
            return len(first)
        with cursor.copy(f"COPY {target} FROM STDIN") as copy:
            for row in chain(first, rows):
                copy.write_row(row)
        return cursor.rowcount


def other_columns(model: type[Model], given: Sequence[str]) -> dict[str, Any]:
    """What a row needs besides the `given` columns: column → the model's default, as stored.

    Nullable columns without a default are left to be NULL. Not for defaults that must differ from
    row to row.
    """
    return {
        field.column: field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in given
        and not field.primary_key
        and (field.has_default() or not field.null)
    }


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Leave Python's garbage collector off for a while, for code or, as a decorator, a function.

    A chunk makes hundreds of thousands of tuples, none of which refers to itself: looking through
    them again and again took a quarter of the processor's time. What is counted goes as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def room_for_many_pages() -> Iterator[None]:
    """Let SQLite keep 32 MB of pages in memory for a while, and 64 MB in its log, not 2 and 4.

    A chunk of orders touches thousands of pages, all over the indexes by person: with little room
    each is written out, put in its place and read again several times before the chunk ends.
    """
    if connection.vendor != "sqlite":
        yield
        return
    before = {name: _pragma(name) for name in ROOMY}
    for name, value in ROOMY.items():
        _pragma(f"{name} = {value}")
    try:
        yield
    finally:
        for name, value in before.items():
            _pragma(f"{name} = {value}")
        _pragma("shrink_memory")


def _pragma(what: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {what}")
        row = cursor.fetchone()
    return row and row[0]


def reserve_ids(model: type[Model], count: int) -> Sequence[int]:
    """`count` ids nobody else will use, for rows that refer to each other before they are written.

    On SQLite the transaction holds the only write lock, and ids are never used twice.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = cursor.fetchone()
            start = last[0] + 1 if last else 1
            return range(start, start + count)
        cursor.execute(
            # The sequence is looked up once, not for every number.
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass))"
            " FROM generate_series(1, %s)",
            [table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def add_to_column(model: type[Model], column: str, changes: Mapping[int, int]) -> None:
    """Add to a whole-number column of rows that the caller has locked: id → what to add."""
    if not changes:
        return
    table = f'"{model._meta.db_table}"'
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                f'UPDATE {table} SET "{column}" = "{column}" + %s WHERE id = %s',
                # In the table's order: each page is read and written once.
                [(changes[pk], pk) for pk in sorted(changes)],
            )
        else:
            cursor.execute(
                f"""
                UPDATE {table} AS target SET "{column}" = target."{column}" + change.amount
                FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::bigint[]) AS amount) AS change
                WHERE target.id = change.id
                """,
                [array_text(changes.keys()), array_text(changes.values())],
            )


def listed(values: Iterable[int]) -> tuple[str, Any]:
    """SQL for “any of these numbers” and its one parameter, however many they are."""
    if connection.vendor == "sqlite":
        return "(SELECT value FROM json_each(%s))", json.dumps(list(values))
    return "(SELECT unnest(%s::bigint[]))", array_text(values)


def array_text(values: Iterable[int]) -> str:
    """Numbers as PostgreSQL writes an array: adapting a list costs many times as much."""
    return "{" + ",".join(map(str, values)) + "}"


def any_of(values: Iterable[int]) -> RawSQL:
    """For `field__in=any_of(ids)`: one parameter instead of thousands to be written out."""
    sql, parameter = listed(values)
    return RawSQL(sql[1:-1], [parameter])


def any_text_of(values: Iterable[str]) -> RawSQL:
    """For `field__in=any_text_of(codes)`: one parameter, however many codes there are."""
    each = (
        "SELECT value FROM json_each(%s)"
        if connection.vendor == "sqlite"
        else "SELECT json_array_elements_text(%s::json)"
    )
    return RawSQL(each, [_encode(list(values))])


def json_text(value: Any) -> str | None:
    """A JSON column's text; None stays NULL."""
    return None if value is None else _encode(value)


def stored_integer(field: str) -> ExpressionWrapper:
    """A money or rate field as the whole number the database holds, without making Decimals."""
    return ExpressionWrapper(F(field), output_field=BigIntegerField())


def refresh_statistics() -> None:
    """Let the database know how its tables have grown, so that it chooses the right indexes.

    PostgreSQL does so by itself. SQLite never does: until told, it takes the merchant's index for
    everything and reads a million rows for one. A look at 1000 rows of each index is enough.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")


def _as_sqlite_stores(
    first: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    """Moments as text. A column with a moment in the first row has one in all of them."""
    moments = [place for place, value in enumerate(first) if isinstance(value, datetime)]
    if not moments:
        yield from rows
        return
    for row in rows:
        cells = list(row)
        for place in moments:
            cells[place] = moment_text(cells[place])
        yield cells


@lru_cache(maxsize=10_000)
def moment_text(moment: datetime) -> str:
    """A moment as the database reads it: for many rows of few moments, cheaper than the moment."""
    if connection.vendor == "sqlite":
        return connection.ops.adapt_datetimefield_value(moment)
    return moment.isoformat()
