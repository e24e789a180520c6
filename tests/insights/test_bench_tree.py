"""`manage.py bench tree` at a tiny size: every step runs; what no clock decides holds."""

import pytest
from django.db import connection, transaction

from apps.distributors.models import Distributor
from apps.insights.benchmarks.tree.benchmark import count_steps, run
from apps.insights.benchmarks.tree.scale import Scale
from apps.insights.benchmarks.tree.touched import RowsTouched
from apps.insights.benchmarks.workbench import Workbench
from tests.factories import DistributorFactory

TINY = Scale(people=600, file_rows=200, registrations=3, thread_seconds=0.3, rounds=1)
ON_BOTH = [
    "registering, against a tree of 1,000",
    "rows a registration touches",
    "importing : INSERT … SELECT of ready rows",
    "importing 10 × the people",
    "moving a team : 2 × team + 8",
    "check_tree : a sequential read",
    "check_tree of 10 × the people",
    "ranking with CSV : GROUP BY",
    "ranking of 10 × the people",
    "ranking, memory above idle",
    "places out of order",
]


def test_every_figure_is_there(db):
    bench = Workbench(count_steps(TINY))
    try:
        report = run(bench, TINY)
    finally:
        bench.close()
    assert bench._progress.done == count_steps(TINY)
    figures = {figure.name: figure for figure in report.figures}
    threads = {"eight threads in one tree : a list of parents"}
    only_here = threads if connection.vendor == "postgresql" else set()
    assert set(figures) == {*ON_BOTH, *only_here}
    # The person and the event.
    assert figures["rows a registration touches"].value == 2
    moved = figures["moving a team : 2 × team + 8"]
    # The team, its head's upline, and the event.
    assert moved.reference == 2 * (moved.value - 2) + 8
    assert figures["places out of order"].value == 0


@pytest.mark.django_db(transaction=True)
def test_touched_rows_are_counted():
    merchant = DistributorFactory(name="a").merchant
    everybody = Distributor.objects.with_scopes_disabled().filter(merchant=merchant)
    with transaction.atomic():
        with RowsTouched() as rows:
            everybody.update(name="b")
            everybody.update(name="c")
        assert rows.count == 2
        with RowsTouched() as rows:
            list(everybody)
        assert rows.count == 0
