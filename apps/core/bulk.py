"""Many rows at once, at the database's own speed.

Building a model instance per row is what bulk work spends most of its time on. Values here are as
the database holds them: money in minor units, rates in basis points, JSON as text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, F, Model
from django.db.models.expressions import RawSQL

# Below this many rows one INSERT is quicker than opening a COPY.
SMALL = 20


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Insert rows given as database columns; returns how many. One statement on PostgreSQL.

    Constraints and triggers hold as always. The caller gives every column that has no default in
    the database; only the id may be left out.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{column}"' for column in columns)
    target = f'"{model._meta.db_table}" ({names})'
    one_row = "(" + ", ".join(["%s"] * len(columns)) + ")"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"INSERT INTO {target} VALUES {one_row}", _as_sqlite_stores(rows))
        elif len(rows) < SMALL:
            every_row = ", ".join([one_row] * len(rows))
            values = [value for row in rows for value in row]
            cursor.execute(f"INSERT INTO {target} VALUES {every_row}", values)
        else:
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    return len(rows)


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
                [(change, pk) for pk, change in changes.items()],
            )
        else:
            cursor.execute(
                f"""
                UPDATE {table} AS target SET "{column}" = target."{column}" + change.amount
                FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::bigint[]) AS amount) AS change
                WHERE target.id = change.id
                """,
                [list(changes.keys()), list(changes.values())],
            )


def listed(values: Iterable[int]) -> tuple[str, Any]:
    """SQL for “any of these numbers” and its one parameter, however many they are."""
    if connection.vendor == "sqlite":
        return "(SELECT value FROM json_each(%s))", json.dumps(list(values))
    return "(SELECT unnest(%s::bigint[]))", list(values)


def any_of(values: Iterable[int]) -> RawSQL:
    """For `field__in=any_of(ids)`: one parameter instead of thousands to be written out."""
    sql, parameter = listed(values)
    return RawSQL(sql[1:-1], [parameter])


def json_text(value: Any) -> str | None:
    """A JSON column's text; None stays NULL."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def stored_integer(field: str) -> ExpressionWrapper:
    """A money or rate field as the whole number the database holds, without making Decimals."""
    return ExpressionWrapper(F(field), output_field=BigIntegerField())


def _as_sqlite_stores(rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Moments as text. A column with a moment in its first row has one in all of them."""
    moments = [place for place, value in enumerate(rows[0]) if isinstance(value, datetime)]
    for row in rows:
        cells = list(row)
        for place in moments:
            cells[place] = _moment_text(cells[place])
        yield cells


@lru_cache(maxsize=10_000)
def _moment_text(moment: datetime) -> str:
    return connection.ops.adapt_datetimefield_value(moment)
