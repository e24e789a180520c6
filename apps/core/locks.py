"""Named locks held until the end of the transaction."""

import zlib

from django.db import connection


def lock_until_commit(name: str, *, shared: bool = False) -> None:
    """Let one transaction at a time pass here for `name`; must be called inside a transaction.

    Shared holders pass together and only keep exclusive ones out. PostgreSQL: an advisory lock
    released at commit or roll-back. SQLite: transactions begin IMMEDIATE (settings), so the writer
    already holds the only write lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("lock_until_commit needs a transaction.")
    if connection.vendor == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [zlib.crc32(name.encode())])
