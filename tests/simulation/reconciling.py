"""The product's `reconcile` after every step, as far as the step can have changed what it says.

A check is a function of what it reads. While nothing that its statements name was written, it would
say what it said before: so each is run again as soon as one of its columns was written, or a row
of one of its tables came or went, and not sooner.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.db import connection

from apps.insights.selectors.reconcile import CHECKS, check_name

UPDATE = re.compile(r"\s*UPDATE\s+\"?(\w+)\"?.*?\bSET\b(.*)", re.IGNORECASE | re.DOTALL)
ASSIGNED = re.compile(r"(\w+)\"?\s*=")
INSERT = re.compile(r"\bINTO\s+\"?(\w+)", re.IGNORECASE)
DELETE = re.compile(r"\bDELETE\s+FROM\s+\"?(\w+)", re.IGNORECASE)
WORD = re.compile(r"\w+")
ALL_COLUMNS = re.compile(r"SELECT\s+\*|\.\*")
# These begin at bookings, commissions or releases and go on to the orders that those refer to. No
# such row can refer to an order that is only now inserted; once one is inserted too, that tells.
FROM_BOOKED_ORDERS = {
    "commissions_equal_plans",
    "lines_stay_under_ceiling",
    "releases_wait_for_the_hold",
}
NEW_ORDERS = {("orders_order", "new"), ("orders_orderline", "new")}
# Statements differ by the length of their lists: thousands in a long run.
REMEMBERED = 2_000
Place = tuple[str, str | frozenset[str]]


class Reconciler:
    """Runs the checks that something was written for since they were run last."""

    def __init__(self, merchant, checks: tuple[Callable, ...] = CHECKS):
        self._merchant = merchant
        self._checks = checks
        # Looks so far; (table, "new", "gone" or the columns set) → the look after which that was
        # written last; check → the words of its statements, at which look.
        self._looks = 0
        self._written: dict[Place, int] = {}
        self._read: dict[Callable, tuple[frozenset[str], int]] = {}
        self.runs = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what is written inside."""
        with connection.execute_wrapper(self._watch):
            yield

    def _watch(self, execute, sql, params, many, context):
        for place in _places_written(sql):
            self._written[place] = self._looks
        return execute(sql, params, many, context)

    def faults(self) -> list[str]:
        """What the checks find that may differ from before; nothing when all is right."""
        self._looks += 1
        return [
            fault for check in self._checks if self._may_differ(check) for fault in self._run(check)
        ]

    def _may_differ(self, check: Callable) -> bool:
        if check not in self._read:
            return True
        words, since = self._read[check]
        harmless = NEW_ORDERS if check_name(check) in FROM_BOOKED_ORDERS else ()
        return any(
            look >= since
            and place[0] in words
            and place not in harmless
            and (isinstance(place[1], str) or not place[1].isdisjoint(words))
            for place, look in self._written.items()
        )

    def _run(self, check: Callable) -> list[str]:
        self.runs += 1
        words: set[str] = set()

        def listen(execute, sql, params, many, context):
            if ALL_COLUMNS.search(sql):
                raise ValueError(f"{check_name(check)} does not name the columns it reads: {sql}")
            words.update(_words(sql))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            found = [
                f"{check_name(check)}: {subject}: {detail}"
                for subject, detail in check(self._merchant)
            ]
        self._read[check] = frozenset(words), self._looks
        return found


@lru_cache(REMEMBERED)
def _places_written(sql: str) -> frozenset[Place]:
    if update := UPDATE.match(sql):
        table, assigned = update.groups()
        return frozenset({(table, frozenset(ASSIGNED.findall(assigned.partition("WHERE")[0])))})
    return frozenset(
        [(table, "new") for table in INSERT.findall(sql)]
        + [(table, "gone") for table in DELETE.findall(sql)]
    )


@lru_cache(REMEMBERED)
def _words(sql: str) -> frozenset[str]:
    return frozenset(WORD.findall(sql))
