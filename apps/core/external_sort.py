"""Sorting more rows than should be held in memory."""

import marshal
import tempfile
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any, BinaryIO

ROWS_PER_RUN = 20_000
ROWS_PER_BLOCK = 200


def sorted_on_disk(
    rows: Iterable[tuple], rows_per_run: int = ROWS_PER_RUN
) -> Iterator[tuple[Any, ...]]:
    """The rows in order. They are read at once, and only one run of them is in memory.

    Rows are tuples of integers, text and None that can be compared with one another. Runs wait in
    temporary files without a name, gone when nobody reads them any more.
    """
    rows = iter(rows)
    runs: list[Iterator[tuple]] = []
    while run := sorted(islice(rows, rows_per_run)):
        if not runs and len(run) < rows_per_run:
            return iter(run)
        runs.append(_written(run))
    return merge(*runs)


def _written(run: list[tuple]) -> Iterator[tuple]:
    file = tempfile.TemporaryFile()
    for start in range(0, len(run), ROWS_PER_BLOCK):
        marshal.dump(run[start : start + ROWS_PER_BLOCK], file)
    file.seek(0)
    return _read(file)


def _read(file: BinaryIO) -> Iterator[tuple]:
    with file:
        while True:
            try:
                # Our own file, which nobody else can open: marshal reads it fastest.
                block = marshal.load(file)  # noqa: S302
            except EOFError:
                return
            yield from block
