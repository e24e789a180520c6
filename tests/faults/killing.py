"""`run_due`, killed with -9 again and again, each time at another point, until all is done.

    python -m tests.faults.killing '{"merchant": …, "as_of": …, "kills": …, "seed": …, …}'

Every life is a process of its own, forked from this one, which holds no connection. Half of them
die at a counted point (before or after a statement or a commit), half at some moment of the clock,
which may lie inside one. With no kills it tells how many points and seconds the work takes. Chunks
are small, so that 100 deaths find work that is half done. Prints JSON.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from contextlib import redirect_stdout
from random import Random

import django

from tests.faults.chunks import shrink_chunks

fork = multiprocessing.get_context("fork")


class Worker:
    """Lives of one worker, one after the other."""

    def __init__(self, merchant: str, as_of: str):
        self.command = ["run_due", "--merchant", merchant, "--as-of", as_of]
        self.reached = fork.RawValue("l")

    def live(self, *, fatal: int = 0, seconds: float | None = None) -> bool:
        """Whether the worker came to its end, rather than being killed."""
        self.reached.value = 0
        begun = fork.Event()
        process = fork.Process(target=self._work, args=(fatal, begun))
        process.start()
        if seconds is not None:
            begun.wait()
            process.join(seconds)
            process.kill()
        process.join()
        if process.exitcode not in (0, -signal.SIGKILL):
            raise SystemExit(f"The worker failed with exit code {process.exitcode}.")
        return process.exitcode == 0

    def _work(self, fatal: int, begun) -> None:
        from django.core.management import call_command
        from django.db import connection

        def point() -> None:
            self.reached.value += 1
            begun.set()
            if self.reached.value == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

        def around_statement(execute, sql, params, many, context):
            point()
            result = execute(sql, params, many, context)
            point()
            return result

        commit = connection._commit

        def around_commit() -> None:
            point()
            commit()
            point()

        connection._commit = around_commit
        with connection.execute_wrapper(around_statement), redirect_stdout(sys.stderr):
            call_command(*self.command)


def rows_made() -> Counter:
    """How far the stages have come; leaves no connection behind that a fork would share."""
    from django.db import connection
    from django_scopes import scopes_disabled

    from apps.commissions.models import OrderBooking, RefundBooking, Release

    with scopes_disabled():
        made = Counter(
            booked=OrderBooking.objects.count(),
            settled=Release.objects.count() + RefundBooking.objects.count(),
        )
    connection.close()
    return made


def measure(worker: Worker) -> dict:
    """An undisturbed life: what it takes and what it makes."""
    started = time.monotonic()
    assert worker.live()
    return {
        "points": worker.reached.value,
        "seconds": time.monotonic() - started,
        "rows": rows_made(),
    }


def kill(worker: Worker, kills: int, seed: int, calm: dict) -> dict:
    """Kill `kills` lives, spread over the work that the `calm` one measured; then let it end."""
    chance = Random(seed)
    seconds_per_point = calm["seconds"] / calm["points"]
    reach = mean = calm["points"] / kills
    deaths: Counter = Counter()
    while deaths.total() < kills:
        shares = {stage: rows / calm["rows"][stage] for stage, rows in rows_made().items()}
        share = sum(shares.values()) / len(shares)
        if share == 1:
            break
        # A death loses the chunk it fell into, so how far a life may get is found on the way.
        is_behind = share < 0.9 * deaths.total() / kills
        reach = min(max(reach * (1.25 if is_behind else 0.8), 2), 3 * mean)
        until = chance.randint(1, round(2 * reach))
        if deaths.total() % 2:
            survived = worker.live(seconds=until * seconds_per_point)
        else:
            survived = worker.live(fatal=until)
        if not survived:
            deaths[next(stage for stage, done in shares.items() if done < 1)] += 1
    # A dying worker's locks may outlive it for a moment; what they hid is found the next time.
    lives = 1
    while not worker.live() or rows_made() != Counter(calm["rows"]):
        lives += 1
    return {"deaths": deaths, "lives": lives}


def main() -> None:
    django.setup()
    shrink_chunks()
    order = json.loads(sys.argv[1])
    worker = Worker(order["merchant"], order["as_of"])
    if order["kills"]:
        print(json.dumps(kill(worker, order["kills"], order["seed"], order["calm"])))
    else:
        print(json.dumps(measure(worker)))


if __name__ == "__main__":
    main()
