"""Proof that the derived numbers of the tree agree with the uplines."""

from collections.abc import Iterator
from typing import NamedTuple

from apps.distributors.models import Distributor
from apps.distributors.numbering import ROOT


class Fault(NamedTuple):
    """Something wrong with one person's row."""

    pk: int
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{self.code} (id {self.pk}): {self.reason}"


class Node(NamedTuple):
    """A distributor's row, as far as it concerns the tree."""

    pk: int
    code: str
    merchant_id: int
    parent_id: int | None
    tree_id: int
    lft: int
    rght: int
    depth: int


def tree_nodes() -> list[Node]:
    """Everybody in scope, in tree order."""
    rows = Distributor.objects.order_by("tree_id", "lft", "pk").values_list(
        "pk", "code", "merchant_id", "parent_id", "tree_id", "lft", "rght", "tree_depth"
    )
    return [Node(*row) for row in rows.iterator(chunk_size=5000)]


def tree_faults(nodes: list[Node]) -> Iterator[Fault]:
    """Every row whose numbers do not follow from the uplines; one pass, linear in the people."""
    by_id = {node.pk: node for node in nodes}
    circling = _on_or_below_a_cycle(by_id)
    open_nodes: list[Node] = []
    for node in nodes:
        while open_nodes and not _may_hold(open_nodes[-1], node):
            open_nodes.pop()
        holder = open_nodes[-1] if open_nodes else None
        reason = _reason(node, by_id, holder, node.pk in circling)
        if reason:
            yield Fault(node.pk, node.code, reason)
        open_nodes.append(node)


def _may_hold(holder: Node, node: Node) -> bool:
    return holder.tree_id == node.tree_id and holder.rght > node.lft


def _reason(node: Node, by_id: dict[int, Node], holder: Node | None, circles: bool) -> str:
    """Why the row is wrong, or nothing. `holder` is whose interval the row begins in."""
    if circles:
        return "its uplines lead in a circle"
    if node.parent_id is None:
        expected = (node.pk, ROOT.lft, ROOT.rght, ROOT.depth)
        found = (node.tree_id, node.lft, node.rght, node.depth)
        if found != expected or holder is not None:
            return f"a root should have tree, lft, rght, depth {expected}, it has {found}"
        return ""
    parent = by_id.get(node.parent_id)
    if parent is None or parent.merchant_id != node.merchant_id:
        return f"its upline (id {node.parent_id}) is not of its merchant"
    if node.tree_id != parent.tree_id:
        return f"it is in tree {node.tree_id}, its upline {parent.code} in {parent.tree_id}"
    if holder is not parent or node.rght >= parent.rght:
        return f"[{node.lft}, {node.rght}] does not lie in its upline {parent.code} alone"
    if node.depth != parent.depth + 1:
        return f"its depth is {node.depth}, its upline's {parent.depth}"
    return ""


def _on_or_below_a_cycle(by_id: dict[int, Node]) -> set[int]:
    """Everybody from whom walking up never ends at a root (or at a missing upline)."""
    ends: dict[int, bool] = {}
    for pk in by_id:
        path, walked = [], set()
        while pk in by_id and pk not in ends and pk not in walked:
            walked.add(pk)
            path.append(pk)
            pk = by_id[pk].parent_id
        ends.update(dict.fromkeys(path, ends.get(pk, pk not in walked)))
    return {pk for pk, does_end in ends.items() if not does_end}
