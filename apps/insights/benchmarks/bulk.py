"""Many rows into a table the quickest way a database offers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from apps.core.bulk import other_columns


def load_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple]) -> None:
    """COPY on PostgreSQL, executemany on SQLite. Values are as the database stores them.

    Columns left out get the model's defaults, the same in every row. `rows` must not query: the
    connection is busy copying, and both would wait for ever.
    """
    others = other_columns(model, columns)
    constants = tuple(others.values())
    if constants:
        rows = (row + constants for row in rows)
    columns = (*columns, *others)
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
    if connection.vendor == "postgresql":
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    connection.ensure_connection()
    connection.connection.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",
        rows,
    )


def reset_sequences(*model_list: type[models.Model]) -> None:
    """Let the database number on after rows that brought their ids along."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), model_list):
            cursor.execute(statement)


def analyze() -> None:
    """Tell the planner what is in the tables."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def stored_time(moment: datetime) -> Any:
    """A moment as the database stores it."""
    return connection.ops.adapt_datetimefield_value(moment)
