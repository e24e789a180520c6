"""Playing many seeds at once, each process in a database of its own.

A worker says which seed it begins and how it went. One that dies, whatever of, is known by the seed
it was at: that seed is played once more in a fresh process, so that a process killed from outside
(out of memory, say) is told from a seed that crashes Python itself.
"""

import faulthandler
import os
import resource
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

# Seeds a process plays before a new one takes its place: what it gathered goes with it.
SEEDS_PER_PROCESS = 100
SPAWN = get_context("spawn")
AGAIN = "Play it again: make simulate SEED={}"
house = None

# Plays one seed; returns what went wrong, or nothing.
PlaySeed = Callable[[int, int], str]


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


def play(seed: int, events: int) -> str:
    """What went wrong with the seed, or nothing."""
    if house is None:
        open_house()
    from tests.simulation.play import SeedFailed, play_seed

    try:
        play_seed(seed, house, events)
    except SeedFailed as error:
        return str(error)
    return ""


def work(seeds: range, events: int, play_seed: PlaySeed, parent: Connection) -> None:
    """In a process of its own: play the seeds, telling (seed, None) before and (seed, fault) after
    each."""
    faulthandler.enable()
    for seed in seeds:
        parent.send((seed, None))
        parent.send((seed, play_seed(seed, events)))
    parent.close()


@dataclass
class Worker:
    """A process and the seeds it is to play."""

    seeds: range
    process: Any
    pipe: Connection
    playing: int | None = None


@dataclass
class Run:
    """Many seeds under way."""

    events: int
    play_seed: PlaySeed
    count: int
    waiting: deque[range]
    workers: list[Worker] = field(default_factory=list)
    done: int = 0
    failed: list[int] = field(default_factory=list)
    died: list[int] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def finish(self, processes: int) -> None:
        """Play all, so many at a time."""
        while self.waiting or self.workers:
            while self.waiting and len(self.workers) < processes:
                self._start(self.waiting.popleft())
            for pipe in wait([worker.pipe for worker in self.workers]):
                self._listen(next(each for each in self.workers if each.pipe is pipe))

    def _start(self, seeds: range) -> None:
        ours, theirs = SPAWN.Pipe(duplex=False)
        arguments = (seeds, self.events, self.play_seed, theirs)
        process = SPAWN.Process(target=work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        self.workers.append(Worker(seeds, process, ours))

    def _listen(self, worker: Worker) -> None:
        try:
            seed, fault = worker.pipe.recv()
        except EOFError:
            self._ended(worker)
            return
        if fault is None:
            worker.playing = seed
        else:
            worker.playing = None
            worker.seeds = range(seed + 1, worker.seeds.stop)
            self._note(seed, fault)

    def _ended(self, worker: Worker) -> None:
        """A process is no more: because all was played, or in the middle of a seed."""
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.join()
        if not worker.seeds:
            return
        seed, how = worker.seeds.start, ending(worker.process.exitcode)
        if worker.playing is None:
            raise RuntimeError(f"a process {how} before it could play seed {seed}")
        if seed in self.died:
            self._note(
                seed, f"seed {seed}: the process {how}, for the second time\n" + AGAIN.format(seed)
            )
        else:
            self.died.append(seed)
            print(f"\nseed {seed}: the process {how}; playing it again\n", flush=True)
            self.waiting.append(range(seed, seed + 1))
        if rest := worker.seeds[1:]:
            self.waiting.append(rest)

    def _note(self, seed: int, fault: str) -> None:
        self.done += 1
        if fault:
            self.failed.append(seed)
            print(f"\n{fault}\n", flush=True)
        seconds = time.monotonic() - self.started
        if sys.stdout.isatty() or self.done % 10 == 0 or self.done == self.count:
            print(
                f"\r{self.done}/{self.count} seeds, {self.done * self.events} events,"
                f" {len(self.failed)} failed, {seconds:.0f} s,"
                f" {seconds / self.done * (self.count - self.done):.0f} s to go   ",
                end="" if sys.stdout.isatty() else "\n",
                flush=True,
            )


def ending(exitcode: int | None) -> str:
    """How a process ended, in words."""
    if exitcode is not None and exitcode < 0:
        return f"was ended by {signal.Signals(-exitcode).name}"
    return f"ended with exit code {exitcode}"


def play_many(
    first: int, count: int, events: int, *, play_seed: PlaySeed = play, processes: int | None = None
) -> int:
    """0 when every seed holds."""
    processes = processes or os.cpu_count() or 1
    size = min(SEEDS_PER_PROCESS, -(-count // processes))
    blocks = blocks_of(range(first, first + count), size)
    run = Run(events, play_seed, count, deque(blocks))
    run.finish(processes)
    print()
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{run.done} seeds, the largest process had {most} MB")
    if run.died:
        print("In the middle of these a process died:", *run.died)
    if run.failed:
        print("Keep them in tests/simulation/regressions.txt:", *run.failed)
    return 1 if run.failed else 0


def blocks_of(seeds: range, size: int) -> Iterable[range]:
    return (seeds[start : start + size] for start in range(0, len(seeds), size))


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
