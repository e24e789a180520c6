"""How many rows a piece of work inserted, updated or deleted."""

from typing import Self

from django.db import connection

OF_THIS_TRANSACTION = """
    SELECT COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables
"""


class RowsTouched:
    """Counts between its beginning and its end; inside one transaction."""

    def __enter__(self) -> Self:
        self.count = 0
        self._before = self._now()
        return self

    def __exit__(self, *error: object) -> None:
        self.count = self._now() - self._before

    @staticmethod
    def _now() -> int:
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            return connection.connection.total_changes
        with connection.cursor() as cursor:
            cursor.execute(OF_THIS_TRANSACTION)
            return int(cursor.fetchone()[0])
