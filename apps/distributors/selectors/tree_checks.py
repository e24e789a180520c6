"""Proof that the derived numbers of the tree agree with the uplines.

Every row is compared with its upline's and with its neighbour's under the same upline. If all of
these agree, everything does: depths that grow by one leave no room for a circle, and intervals
inside their upline's, apart from their neighbours', nest. The index of children holds all it takes,
in order: the database goes through it once, and only rows at fault come out.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from django.db import connection

from apps.distributors.models import Distributor
from apps.distributors.numbering import ROOT

UPLINES_PER_QUERY = 100_000
ROWS_PER_FETCH = 2000

# How many were done, of how many where that is known.
OnProgress = Callable[[int, int | None], None]

TABLE = Distributor._meta.db_table
COLUMNS = "id, code, merchant_id, parent_id, tree_id, lft, rght, tree_depth"
# No id and no code: what is read of a row that is right stands in the index.
CHILD_COLUMNS = "parent_id, lft, rght, tree_id, tree_depth, merchant_id"

WRONG_ROOTS = f"""
    SELECT {COLUMNS}, NULL, NULL, NULL, NULL FROM {TABLE} AS d
    WHERE parent_id IS NULL AND {{of_merchant}}
        AND (tree_id <> id OR lft <> {ROOT.lft} OR rght <> {ROOT.rght} OR tree_depth <> 0)
"""
CHILDREN = f"""
    FROM (
        SELECT {{columns}}, LAG(rght) OVER (PARTITION BY parent_id ORDER BY lft) AS neighbour
        FROM {TABLE} AS d
        WHERE parent_id > %(start)s AND parent_id <= %(stop)s AND {{of_merchant}}
    ) AS d
    LEFT JOIN {TABLE} AS p ON p.id = d.parent_id AND p.id > %(start)s AND p.id <= %(stop)s
    WHERE p.id IS NULL OR p.merchant_id <> d.merchant_id OR p.tree_id <> d.tree_id
        OR d.tree_depth <> p.tree_depth + 1 OR d.lft <= p.lft OR d.rght >= p.rght
        OR d.lft <= d.neighbour
"""
ANY_WRONG_CHILD = "SELECT 1" + CHILDREN.replace("{columns}", CHILD_COLUMNS) + "LIMIT 1"
WRONG_CHILDREN = (
    "SELECT d.id, d.code, d.merchant_id, d.parent_id, d.tree_id, d.lft, d.rght, d.tree_depth,"
    " p.code, p.merchant_id, p.tree_id, p.tree_depth"
    + CHILDREN.replace("{columns}", COLUMNS)
    + "ORDER BY d.tree_id, d.lft, d.id"
)
# Down from everybody who has no upline, or another merchant's; the others never end anywhere.
CIRCLES = f"""
    WITH RECURSIVE reached (id) AS (
        SELECT d.id FROM {TABLE} AS d LEFT JOIN {TABLE} AS p ON p.id = d.parent_id
        WHERE (p.id IS NULL OR p.merchant_id <> d.merchant_id) AND {{of_merchant}}
        UNION ALL
        SELECT c.id FROM {TABLE} AS c JOIN reached AS r ON c.parent_id = r.id
    )
    SELECT {COLUMNS}, NULL, NULL, NULL, NULL FROM {TABLE} AS d
    WHERE {{of_merchant}} AND id NOT IN (SELECT id FROM reached) ORDER BY id
"""


class Fault(NamedTuple):
    """Something wrong with one person's row."""

    pk: int
    code: str
    merchant_id: int
    reason: str

    def __str__(self) -> str:
        return f"{self.code} (id {self.pk}): {self.reason}"


class Node(NamedTuple):
    """A distributor's row and their upline's, as far as they concern the tree."""

    pk: int
    code: str
    merchant_id: int
    parent_id: int | None
    tree_id: int
    lft: int
    rght: int
    depth: int
    upline: str | None
    upline_merchant_id: int | None
    upline_tree_id: int | None
    upline_depth: int | None


def tree_faults(
    merchant_id: int | None = None, on_progress: OnProgress | None = None
) -> Iterator[Fault]:
    """Every row whose numbers do not follow from the uplines, of one merchant or of all.

    One pass; memory grows with the circles found and with nothing else. Needs no scope.
    """
    wrong = _wrong_ranges(merchant_id, on_progress)
    roots = list(_nodes(WRONG_ROOTS, merchant_id))
    if not wrong and not roots:
        return
    # Depths cannot grow all the way round a circle: one always shows as something else first.
    circling = {node.pk: node for node in _nodes(CIRCLES, merchant_id)}
    children = (_nodes(WRONG_CHILDREN, merchant_id, start, stop) for start, stop in wrong)
    for node in chain(roots, *children):
        if node.pk not in circling:
            yield Fault(node.pk, node.code, node.merchant_id, _reason(node))
    for node in circling.values():
        yield Fault(node.pk, node.code, node.merchant_id, "its uplines lead in a circle")


def people_per_merchant() -> dict[int, int]:
    """Merchant id → how many distributors; needs no scope."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT merchant_id, COUNT(*) FROM {TABLE} GROUP BY merchant_id")
        return dict(cursor.fetchall())


def _wrong_ranges(merchant_id: int | None, on_progress: OnProgress | None) -> list[tuple[int, int]]:
    """The ranges of upline ids among whose children something is wrong."""
    ends = _sql(
        "SELECT MIN(parent_id), MAX(parent_id) FROM {table} AS d WHERE {of_merchant}", merchant_id
    )
    with connection.cursor() as cursor:
        cursor.execute(ends)
        low, high = cursor.fetchone()
        if low is None:
            return []
        wrong = []
        for start in range(low - 1, high, UPLINES_PER_QUERY):
            stop = min(start + UPLINES_PER_QUERY, high)
            cursor.execute(_sql(ANY_WRONG_CHILD, merchant_id), {"start": start, "stop": stop})
            if cursor.fetchone():
                wrong.append((start, stop))
            if on_progress:
                on_progress(stop - low + 1, high - low + 1)
    return wrong


def _nodes(
    statement: str, merchant_id: int | None, start: int = 0, stop: int = 0
) -> Iterator[Node]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_sql(statement, merchant_id), {"start": start, "stop": stop})
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from map(Node._make, rows)


def _sql(statement: str, merchant_id: int | None) -> str:
    of_merchant = "1 = 1" if merchant_id is None else f"d.merchant_id = {int(merchant_id)}"
    return statement.format(table=TABLE, of_merchant=of_merchant)


def _reason(node: Node) -> str:
    """Why the row is wrong."""
    if node.parent_id is None:
        expected: tuple[Any, ...] = (node.pk, ROOT.lft, ROOT.rght, ROOT.depth)
        found = (node.tree_id, node.lft, node.rght, node.depth)
        return f"a root should have tree, lft, rght, depth {expected}, it has {found}"
    if node.upline_merchant_id != node.merchant_id:
        return f"its upline (id {node.parent_id}) is not of its merchant"
    if node.tree_id != node.upline_tree_id:
        return f"it is in tree {node.tree_id}, its upline {node.upline} in {node.upline_tree_id}"
    if node.depth != node.upline_depth + 1:
        return f"its depth is {node.depth}, its upline's {node.upline_depth}"
    return f"[{node.lft}, {node.rght}] does not lie in its upline {node.upline} alone"
