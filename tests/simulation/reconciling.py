"""The product's `reconcile` after every step, as far as the step can have changed what it says.

A check is a function of the tables it reads. While nothing was written to any of them, it would say
what it said before: so each is run again as soon as one of its tables was written, and not sooner.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

from django.db import connection

from apps.insights.selectors.reconcile import CHECKS, check_name

WRITTEN = re.compile(r"\b(?:INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
WORD = re.compile(r"\w+")
# Statements differ by the length of their lists: thousands in a long run.
REMEMBERED = 2_000


class Reconciler:
    """Runs checks of which a table was written since they were run last."""

    def __init__(self, merchant, checks: tuple[Callable, ...] = CHECKS):
        self._merchant = merchant
        self._checks = checks
        # Looks so far; table → the look after which it was written last; check → what it read at
        # which look.
        self._looks = 0
        self._written: dict[str, int] = {}
        self._read: dict[Callable, tuple[frozenset[str], int]] = {}
        self.runs = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what is written inside."""
        with connection.execute_wrapper(self._watch):
            yield

    def _watch(self, execute, sql, params, many, context):
        for table in _tables_written(sql):
            self._written[table] = self._looks
        return execute(sql, params, many, context)

    def faults(self) -> list[str]:
        """What the checks find whose tables have changed; nothing when all is right."""
        self._looks += 1
        return [
            fault for check in self._checks if self._may_differ(check) for fault in self._run(check)
        ]

    def _may_differ(self, check: Callable) -> bool:
        if check not in self._read:
            return True
        tables, look = self._read[check]
        return any(self._written.get(table, -1) >= look for table in tables)

    def _run(self, check: Callable) -> list[str]:
        self.runs += 1
        read: set[str] = set()

        def listen(execute, sql, params, many, context):
            read.update(_tables_named(sql))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            found = [
                f"{check_name(check)}: {subject}: {detail}"
                for subject, detail in check(self._merchant)
            ]
        self._read[check] = frozenset(read), self._looks
        return found


@lru_cache(REMEMBERED)
def _tables_written(sql: str) -> frozenset[str]:
    if sql.startswith("SELECT"):
        return frozenset()
    return frozenset(WRITTEN.findall(sql))


@lru_cache(REMEMBERED)
def _tables_named(sql: str) -> frozenset[str]:
    return frozenset(WORD.findall(sql)) & _all_tables()


@cache
def _all_tables() -> frozenset[str]:
    return frozenset(connection.introspection.django_table_names())
