"""Sorting more rows than should be held in memory."""

import marshal
import tempfile
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any, BinaryIO

ROWS_PER_RUN = 10_000
ROWS_PER_BLOCK = 100


def sorted_on_disk(
    rows: Iterable[tuple], rows_per_run: int = ROWS_PER_RUN
) -> Iterator[tuple[Any, ...]]:
    """The rows in order. They are read at once; in memory is one run, then a block of every run.

    Rows are tuples of integers, text and None that can be compared with one another. Runs wait in
    a temporary file without a name, gone when nobody reads it any more.
    """
    rows = iter(rows)
    file, runs = None, []
    while run := sorted(islice(rows, rows_per_run)):
        if not runs and len(run) < rows_per_run:
            return iter(run)
        file = file or tempfile.TemporaryFile()
        runs.append(_read(file, _write(file, run)))
    return _merged(file, runs) if file else iter(())


def _merged(file: BinaryIO, runs: list[Iterator[tuple]]) -> Iterator[tuple]:
    with file:
        yield from merge(*runs)


def _write(file: BinaryIO, run: list[tuple]) -> list[tuple[int, int]]:
    """Where each block of the run begins, and its length."""
    blocks = []
    for start in range(0, len(run), ROWS_PER_BLOCK):
        block = marshal.dumps(run[start : start + ROWS_PER_BLOCK])
        blocks.append((file.tell(), len(block)))
        file.write(block)
    return blocks


def _read(file: BinaryIO, blocks: list[tuple[int, int]]) -> Iterator[tuple]:
    file.flush()
    for start, length in blocks:
        file.seek(start)
        # Our own file, which nobody else can open: marshal reads it fastest.
        yield from marshal.loads(file.read(length))  # noqa: S302 - our own file
