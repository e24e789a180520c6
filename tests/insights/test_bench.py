import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django_scopes import scope

from apps.commissions.models import Commission
from apps.distributors.models import Distributor
from apps.distributors.numbering import number_forest
from apps.insights.benchmarks import registry
from apps.insights.benchmarks.commissions.benchmark import count_steps, run
from apps.insights.benchmarks.commissions.data import make_merchant
from apps.insights.benchmarks.commissions.plain_sql import compare_commissions
from apps.insights.benchmarks.commissions.product import attribute_all, book_chunk
from apps.insights.benchmarks.commissions.scale import Scale, as_of
from apps.insights.benchmarks.figures import Figure, Report, at_least, at_most
from apps.insights.benchmarks.registry import Benchmark, run_benchmark
from apps.insights.benchmarks.steps import StepFailed, peak_memory
from apps.insights.benchmarks.workbench import Workbench
from apps.orders.models import Order

TINY = Scale(distributors=200, orders=100, rounds=1, proves_books=True)
MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    ("value", "reference", "goal", "is_ok"),
    [
        (60, 100, at_least(0.6), True),
        (59, 100, at_least(0.6), False),
        (115, 10, at_most(11.5), True),
        (116, 10, at_most(11.5), False),
        (12, None, at_most(12), True),
        (13, None, at_most(12), False),
        (0, None, at_most(0), True),
        (5, 0, at_most(2), False),
    ],
)
def test_a_goal_is_a_bound_on_the_ratio_or_the_value(value, reference, goal, is_ok):
    assert Figure("x", value, "rows", goal, reference).is_ok is is_ok


def test_a_report_is_notes_and_a_table():
    report = Report(
        [
            Figure("speed", 61_234.5, "rows/s", at_least(0.6), 100_000.0),
            Figure("statements", 13, "statements", at_most(12)),
        ],
        ["sqlite, 3 orders"],
    )

    assert not report.is_ok
    assert report.lines() == [
        "sqlite, 3 orders",
        "",
        "figure              value       reference  ratio   goal",
        "speed       61,234 rows/s  100,000 rows/s   0.61  ≥ 0.6  ok",
        "statements  13 statements                          ≤ 12  short",
    ]


def bench(monkeypatch, *figures) -> str:
    """What `bench` prints when a benchmark finds these figures."""
    found = Benchmark(lambda _bench, _scale: Report(figures), {"small": None}, lambda _scale: 1)
    monkeypatch.setitem(registry.BENCHMARKS, "commissions", found)
    out = io.StringIO()
    try:
        call_command("bench", "commissions", stdout=out)
    finally:
        text = out.getvalue()
    return text


def test_the_command_prints_every_figure_and_succeeds(db, monkeypatch):
    text = bench(monkeypatch, Figure("statements", 12, "statements", at_most(12)))

    assert text.splitlines()[-1] == "statements  12 statements                    ≤ 12  ok"


def test_a_figure_that_falls_short_is_exit_1(db, monkeypatch):
    with pytest.raises(CommandError, match="goal") as refusal:
        bench(monkeypatch, Figure("statements", 13, "statements", at_most(12)))

    assert refusal.value.returncode == 1


def remember(*, label: str, number: int) -> int:
    """A step: keeps what it is given in the step's database."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (number integer)")
        cursor.execute("INSERT INTO kept VALUES (%s)", [number])
    return number


def recall(*, label: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kept")
        return [label, *cursor.fetchone()]


def hold_memory(*, label: str) -> int:
    ballast = bytearray(64 * MEBIBYTE)
    ballast[:: 4 * 1024] = b"x" * len(ballast[:: 4 * 1024])
    return peak_memory()


def test_steps_work_in_databases_of_their_own(db):
    workbench = Workbench(steps=3)
    try:
        name = workbench.create()
        assert workbench.run(name, "first", remember, number=7) == 7
        with workbench.a_copy_of(name) as copy:
            assert copy != name
            assert workbench.run(copy, "second", recall) == ["[######..............] 2/3 second", 7]
        assert not exists(copy)
        assert workbench.run(name, "third", hold_memory) > 64 * MEBIBYTE
    finally:
        workbench.close()

    assert not exists(name)
    assert "kept" not in connection.introspection.table_names()


def test_a_step_that_fails_leaves_no_database(db, capfd):
    names = []

    def fail(workbench, _scale):
        names.append(workbench.create())
        workbench.run(names[0], "recalling nothing", recall)

    registry.BENCHMARKS["failing"] = Benchmark(fail, {"small": None}, lambda _scale: 1)
    try:
        with pytest.raises(StepFailed, match="recalling nothing"):
            run_benchmark(name="failing", size="small")
    finally:
        del registry.BENCHMARKS["failing"]

    assert not exists(names[0])
    assert "OperationalError" in (errors := capfd.readouterr().err) or "ProgrammingError" in errors


def exists(name: str) -> bool:
    """Whether there is a database of that name."""
    if connection.vendor == "sqlite":
        return Path(name).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_benchmark_leaves_no_database(db, tmp_path, stop):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "bench", "commissions"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert "1/" in process.stderr.readline()
        assert made_by(process.pid, tmp_path)
        process.send_signal(stop)
        process.wait(timeout=60)

    assert process.returncode == (1 if stop == signal.SIGINT else 128 + signal.SIGTERM)
    assert made_by(process.pid, tmp_path) == []


def made_by(pid: int, directory: Path) -> list:
    if connection.vendor == "sqlite":
        return list(directory.glob("bench_*"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"bench_{pid}_%"])
        return cursor.fetchall()


def test_the_data_are_a_sound_tree_with_every_level_and_standing(db):
    merchant = make_merchant(distributors=300, orders=10)

    with scope(merchant=merchant):
        people = list(Distributor.objects.order_by("pk"))
    parents = [each.parent_id - 1 if each.parent_id else -1 for each in people]
    assert [(each.lft, each.rght, each.tree_depth) for each in people] == [
        tuple(place) for place in number_forest(parents)
    ]
    assert {each.level_id for each in people} >= {None} and len({e.level_id for e in people}) == 5
    assert {each.status for each in people} == {"active", "suspended", "terminated"}
    assert max(each.tree_depth for each in people) >= 3


@pytest.fixture
def booked(db):
    merchant = make_merchant(distributors=300, orders=400)
    attribute_all(orders=400)
    with scope(merchant=merchant):
        assert book_chunk(merchant, Order.Stage.ATTRIBUTED, as_of(400)).orders == 400
        yield merchant


def test_plain_sql_says_what_the_engine_says(booked):
    compared = compare_commissions(label="")

    assert compared["different"] == 0
    assert compared["rows"] == compared["expected"] == Commission.objects.count() > 1000
    # The comparison is worth something only where the ceiling cuts.
    assert compared["scaled"] > 100


def test_rows_that_differ_are_seen(booked):
    Commission.objects.first().delete()

    assert compare_commissions(label="")["different"] == 1


def test_the_whole_benchmark_compares_and_proves(db):
    benchmark = Workbench(count_steps(TINY))
    try:
        report = run(benchmark, TINY)
    finally:
        benchmark.close()

    figures = {figure.name: figure for figure in report.figures}
    assert figures["commission rows unlike SQL's"].value == 0
    assert figures["faults in the books"].value == 0
    assert figures["… with 10 × the history"].ratio == 1
    assert len(figures) == 8
    rows = report.notes[1].split()
    assert rows[0] == rows[5]
    assert int(rows[0]) > 200
