import random
import tracemalloc

import pytest

from apps.core.external_sort import sorted_on_disk


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 1234])
def test_rows_come_in_order_however_many_runs(count):
    chance = random.Random(count)
    rows = [(chance.randint(-5, 5), f"何{number}", None) for number in range(count)]

    assert list(sorted_on_disk(iter(rows), rows_per_run=10)) == sorted(rows)


def test_rows_are_read_at_once():
    rows = iter([(2,), (1,)])

    ordered = sorted_on_disk(rows, rows_per_run=1)

    assert next(rows, None) is None
    assert list(ordered) == [(1,), (2,)]


def test_memory_holds_one_run_and_not_all_rows():
    def peak(rows: int) -> int:
        tracemalloc.start()
        for _row in sorted_on_disk(((-n, f"{n:0100}") for n in range(rows)), rows_per_run=500):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    # All 20 000 together take 5 MB.
    assert peak(20_000) < 1.5e6
