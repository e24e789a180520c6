"""Named locks held until the end of the transaction."""

import zlib
from collections.abc import Sequence

from django.db import connection


def lock_until_commit(name: str, *, shared: bool = False) -> None:
    """Let one transaction at a time pass here for `name`; must be called inside a transaction.

    Shared holders pass together and only keep exclusive ones out. PostgreSQL: an advisory lock
    released at commit or roll-back, also to a savepoint. SQLite: transactions begin IMMEDIATE
    (settings), so the writer already holds the only write lock.
    """
    lock_all_until_commit([(name, shared)])


def lock_all_until_commit(locks: Sequence[tuple[str, bool]]) -> None:
    """Several (name, whether shared) locks in one statement, taken in the order given."""
    if not connection.in_atomic_block:
        raise RuntimeError("lock_until_commit needs a transaction.")
    if connection.vendor != "postgresql" or not locks:
        return
    calls = ", ".join(
        "pg_advisory_xact_lock_shared(%s)" if shared else "pg_advisory_xact_lock(%s)"
        for _name, shared in locks
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [zlib.crc32(name.encode()) for name, _shared in locks])
