"""One statement over several of Django's queries, for what its own joins cannot say."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import QuerySet

ROWS_PER_FETCH = 2000


def joined_rows(statement: str, **queries: QuerySet) -> Iterator[tuple]:
    """The rows of `statement`, in which each `{name}` stands for the query of that name.

    The queries are given in the order in which the statement names them, each once. Rows come a
    few thousand at a time, never all at once.
    """
    parts = {name: query.query.sql_with_params() for name, query in queries.items()}
    sql = statement.format(**{name: part for name, (part, _parameters) in parts.items()})
    parameters = [value for _part, values in parts.values() for value in values]
    with transaction.atomic(savepoint=False), connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from rows
