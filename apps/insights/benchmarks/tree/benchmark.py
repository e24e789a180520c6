"""The benchmark `tree`: its steps and its goals."""

from django.db import connection

from apps.insights.benchmarks.figures import Figure, Report, at_least, at_most
from apps.insights.benchmarks.tree.data import add_orders, add_people, make_tables
from apps.insights.benchmarks.tree.importing import (
    import_file,
    insert_ready_rows,
    set_rows_aside,
)
from apps.insights.benchmarks.tree.joining import register_at_once, register_many
from apps.insights.benchmarks.tree.moving import move_one_team
from apps.insights.benchmarks.tree.reading import check, export_ranking, group_own_sales
from apps.insights.benchmarks.tree.scale import GROWTH, SIZES, SMALLEST_TREE, TEAM, Scale
from apps.insights.benchmarks.workbench import Workbench

__all__ = ["SIZES", "count_steps", "run"]

MEBIBYTE = 1 << 20
STEPS_ONCE = 16
# They are short, and a busy machine's hiccups are not.
ROUNDS_OF_READING = 3
STEPS_PER_ROUND = 3


def count_steps(scale: Scale) -> int:
    return STEPS_ONCE + STEPS_PER_ROUND * scale.rounds + (connection.vendor == "postgresql")


def run(bench: Workbench, scale: Scale) -> Report:
    """Grow a tree from nothing to a tenth and to all of it, and do the same things in each."""
    empty = bench.create()
    bench.run(empty, "making tables", make_tables)
    imports = _measure_import(bench, scale, empty)
    tenth = _measure_tree(bench, scale, empty, scale.first_people)
    whole = _measure_tree(bench, scale, empty, scale.people)
    smallest = bench.copy(empty)
    bench.run(smallest, f"making {SMALLEST_TREE:,} people", add_people, people=SMALLEST_TREE)
    joined = _register(bench, scale, smallest, SMALLEST_TREE)
    moved = whole["moved"]
    return Report(
        [
            *_joining(whole, joined),
            *_importing(imports),
            *_moving(whole),
            *_reading(tenth, whole),
            Figure("places out of order", _faults(imports, tenth, whole), "faults", at_most(0)),
        ],
        [
            f"{connection.vendor}, {scale.people:,} people in one tree, a file of"
            f" {scale.file_rows:,}; best of {scale.rounds}",
            f"a team of {moved['team']} moved in {moved['seconds'] * 1000:.0f} ms",
        ],
    )


def _measure_import(bench: Workbench, scale: Scale, empty: str) -> dict:
    """A tenth of the file, then all of it, turn about with the same rows ready-made."""
    with bench.a_copy_of(empty) as copy:
        label = f"importing 1/{GROWTH} of the file"
        tenth = bench.run(copy, label, import_file, rows=scale.file_rows // GROWTH)
    rounds, ready = [], []
    for _round in range(scale.rounds):
        with bench.a_copy_of(empty) as copy:
            rounds.append(bench.run(copy, "importing the file", import_file, rows=scale.file_rows))
            bench.run(copy, "setting its rows aside", set_rows_aside)
            ready.append(bench.run(copy, "INSERT … SELECT of its rows", insert_ready_rows))
    if {each["created"] for each in rounds} != {scale.file_rows}:
        raise RuntimeError("The import left people out.")
    return {
        "rows": scale.file_rows,
        "seconds": min(each["seconds"] for each in rounds),
        "tenth": tenth["seconds"],
        "ready": min(ready),
        "faults": sum(each["faults"] for each in (*rounds, tenth)),
    }


def _measure_tree(bench: Workbench, scale: Scale, empty: str, people: int) -> dict:
    with bench.a_copy_of(empty) as tree:
        bench.run(tree, f"making {people:,} people", add_people, people=people)
        bench.run(tree, "making their orders", add_orders, people=people)
        found = {
            "checked": bench.run(tree, "checking", check, rounds=ROUNDS_OF_READING),
            "grouped": bench.run(tree, "GROUP BY", group_own_sales, rounds=ROUNDS_OF_READING),
            "ranked": bench.run(tree, "ranking", export_ranking),
        }
        if people == scale.people:
            found["joined"] = _register(bench, scale, tree, people)
            found["moved"] = bench.run(
                tree, "moving a team", move_one_team, people=people, team=TEAM
            )
            if connection.vendor == "postgresql":
                found["at_once"] = bench.run(
                    tree,
                    "eight threads",
                    register_at_once,
                    people=people,
                    seconds=scale.thread_seconds,
                    rounds=scale.rounds,
                )
    return found


def _register(bench: Workbench, scale: Scale, tree: str, people: int) -> dict:
    label = f"registering among {people:,}"
    return bench.run(tree, label, register_many, people=people, count=scale.registrations)


def _joining(whole: dict, smallest: dict) -> list[Figure]:
    figures = [
        Figure(
            f"registering, against a tree of {SMALLEST_TREE:,}",
            whole["joined"]["seconds"] * 1000,
            "ms",
            at_most(1.5),
            smallest["seconds"] * 1000,
        ),
        Figure("rows a registration touches", whole["joined"]["touched"], "rows", at_most(8)),
    ]
    if "at_once" in whole:
        figures.append(
            Figure(
                "eight threads in one tree : a list of parents",
                whole["at_once"]["product"],
                "people/s",
                at_least(0.6),
                whole["at_once"]["adjacency"],
            )
        )
    return figures


def _importing(imports: dict) -> list[Figure]:
    return [
        Figure(
            "importing : INSERT … SELECT of ready rows",
            imports["rows"] / imports["seconds"],
            "people/s",
            at_least(0.75 if connection.vendor == "postgresql" else 0.3),
            imports["rows"] / imports["ready"],
        ),
        Figure(
            f"importing {GROWTH} × the people",
            imports["seconds"],
            "s",
            at_most(11.5),
            imports["tenth"],
        ),
    ]


def _moving(whole: dict) -> list[Figure]:
    moved = whole["moved"]
    most = 2 * moved["team"] + 8
    return [Figure("moving a team : 2 × team + 8", moved["touched"], "rows", at_most(1), most)]


def _reading(tenth: dict, whole: dict) -> list[Figure]:
    checked, ranked = whole["checked"], whole["ranked"]
    growth = f"{GROWTH} × the people"
    return [
        Figure(
            "check_tree : a sequential read", checked["check"], "s", at_most(2), checked["read"]
        ),
        Figure(
            f"check_tree of {growth}",
            checked["check"],
            "s",
            at_most(11.5),
            tenth["checked"]["check"],
        ),
        Figure(
            "ranking with CSV : GROUP BY", ranked["seconds"], "s", at_most(2.5), whole["grouped"]
        ),
        Figure(
            f"ranking of {growth}",
            ranked["seconds"],
            "s",
            at_most(11.5),
            tenth["ranked"]["seconds"],
        ),
        Figure("ranking, memory above idle", ranked["memory"] / MEBIBYTE, "MiB", at_most(20)),
    ]


def _faults(imports: dict, *trees: dict) -> int:
    found = imports["faults"] + sum(tree["checked"]["faults"] for tree in trees)
    return found + sum(tree["at_once"]["faults"] for tree in trees if "at_once" in tree)
