"""Playing many seeds at once, each process in a database of its own."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

BLOCK = 10
house = None


def open_house() -> None:
    """Once per process: a database of its own, in memory, and what every seed starts from."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "distribution_site.settings_test"
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management.base import OutputWrapper
    from django.db import connection

    from tests.simulation.life import build_house

    global house
    OutputWrapper.write = lambda *args, **kwargs: None
    connection.creation.create_test_db(verbosity=0)
    house = build_house()


def play_block(seeds: range, events: int) -> list[tuple[int, str]]:
    """(seed, what went wrong) of those that failed."""
    from tests.simulation.play import SeedFailed, play_seed

    failed = []
    for seed in seeds:
        try:
            play_seed(seed, house, events)
        except SeedFailed as error:
            failed.append((seed, str(error)))
    return failed


def play_many(first: int, count: int, events: int) -> int:
    """0 when every seed holds."""
    blocks = [
        range(start, min(start + BLOCK, first + count))
        for start in range(first, first + count, BLOCK)
    ]
    started, done, failed = time.monotonic(), 0, []
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=open_house) as pool:
        for block, faults in zip(
            blocks, pool.map(play_block, blocks, [events] * len(blocks)), strict=True
        ):
            done += len(block)
            failed += faults
            for _seed, story in faults:
                print(f"\n{story}\n", flush=True)
            seconds = time.monotonic() - started
            print(
                f"\r{done}/{count} seeds, {done * events} events, {len(failed)} failed,"
                f" {seconds:.0f} s, {seconds / done * (count - done):.0f} s to go   ",
                end="" if sys.stdout.isatty() or done < count else "\n",
                flush=True,
            )
    print()
    if failed:
        print("Keep them in tests/simulation/regressions.txt:", *(seed for seed, _ in failed))
    return 1 if failed else 0


def play_one(seed: int, events: int) -> int:
    """One seed with everything that happened in it."""
    open_house()
    from tests.simulation.play import SeedFailed, play_seed

    try:
        player = play_seed(seed, house, events, lines=10_000)
    except SeedFailed as error:
        print(error)
        return 1
    print(*player.told, sep="\n")
    print(f"seed {seed} holds: {events} events, {player.changes} changes")
    return 0
