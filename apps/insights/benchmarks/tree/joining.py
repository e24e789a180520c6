"""One registration after another, and eight threads at once, next to a plain list of parents."""

import random
import statistics
import threading
import time
from collections.abc import Callable

from django.db import connection, transaction

from apps.distributors.models import Distributor
from apps.distributors.selectors.tree_checks import tree_faults
from apps.distributors.services.registration import (
    insert_as_numbered,
    joined_event,
    register_distributor,
)
from apps.insights.benchmarks.tree.data import SEED, START, bench_merchant, code_of
from apps.insights.benchmarks.tree.touched import RowsTouched

THREADS = 8
WARM_UP = 20


def register_many(*, label: str, people: int, count: int) -> dict:
    """Seconds of a registration under a random person (median), and the most rows one touched."""
    chance = random.Random(SEED + 3)
    seconds, touched = [], []
    with bench_merchant() as merchant:
        for number in range(WARM_UP + count):
            parent = Distributor.objects.get(code=code_of(chance.randrange(people)))
            with transaction.atomic(), RowsTouched() as rows:
                started = time.perf_counter()
                register_distributor(
                    merchant=merchant, code=f"N{number}", name="New", parent=parent, joined_at=START
                )
                seconds.append(time.perf_counter() - started)
            touched.append(rows.count)
    return {"seconds": statistics.median(seconds[WARM_UP:]), "touched": max(touched)}


def register_at_once(*, label: str, people: int, seconds: float, rounds: int) -> dict:
    """Registrations a second of eight threads in one tree, and of the same rows without a tree.

    They take turns, and the best of each counts. The list of parents does all that the service
    does but numbering: it reads the parent, inserts the person and the first event of the history,
    into the same tables. Its people leave again after every turn: the tree must not meet them.
    """
    product, adjacency = [], []
    for number in range(rounds):
        product.append(_rate(_register, f"P{number}", people, seconds))
        adjacency.append(_rate(_append_to_list, f"A{number}", people, seconds))
        _forget_the_list()
    return {
        "product": max(product),
        "adjacency": max(adjacency),
        "faults": sum(1 for _fault in tree_faults()),
    }


def _forget_the_list() -> None:
    listed = "SELECT id FROM distributors_distributor WHERE tree_id = 0"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM distributors_distributorevent WHERE distributor_id IN ({listed})"
        )
        cursor.execute("DELETE FROM distributors_distributor WHERE tree_id = 0")


def _register(merchant, parent: Distributor, code: str) -> None:
    register_distributor(merchant=merchant, code=code, name="New", parent=parent, joined_at=START)


def _append_to_list(merchant, parent: Distributor, code: str) -> None:
    with transaction.atomic():
        fresh = Distributor.objects.get(pk=parent.pk)
        if not fresh.is_active:
            raise RuntimeError("Everybody in this benchmark is active.")
        person = Distributor(
            merchant=merchant, code=code, name="New", parent=fresh, joined_at=START,
            lft=1, rght=2, tree_id=0, tree_depth=0,
        )  # fmt: skip
        insert_as_numbered([person])
        joined_event(person, None).save(force_insert=True)


def _rate(join: Callable, prefix: str, people: int, seconds: float) -> float:
    counts, failures = [0] * THREADS, []

    def work(thread: int) -> None:
        chance = random.Random(f"{prefix}-{thread}")
        try:
            with bench_merchant() as merchant:
                while time.perf_counter() < stop:
                    parent = Distributor.objects.get(code=code_of(chance.randrange(people)))
                    join(merchant, parent, f"{prefix}-{thread}-{counts[thread]}")
                    counts[thread] += 1
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    stop = time.perf_counter() + seconds
    threads = [threading.Thread(target=work, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / seconds
