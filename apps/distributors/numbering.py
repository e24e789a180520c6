"""Sparse nested-set numbers, computed without the database.

A root owns [1, 2^62]. A child owns a slice inside its parent's interval, and after the last slice a
parent keeps a tail for children to come, so one more child changes no other row. Every function is
iterative: a chain may be as deep as it likes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

ROOT_RGHT = 2**62
# A leaf needs two numbers. A team that is renumbered should keep room for a good while.
NARROWEST = 2
ROOM_PER_NODE = 2 * 4096
# With less than this it would have to be renumbered at its next newcomers.
LEAST_ROOM_PER_NODE = 2 * 32
# The first child takes 1/8 of the space, the next ones ever less: see `next_slice`.
FIRST_SHARE = 8


class Place(NamedTuple):
    """Where a node stands: its interval, both ends its own, and how many uplines it has."""

    lft: int
    rght: int
    depth: int

    @property
    def width(self) -> int:
        return self.rght - self.lft + 1


ROOT = Place(1, ROOT_RGHT, 0)


class NoRoomError(ValueError):
    """The interval is too narrow for the nodes that should go into it."""


def next_slice(parent: Place, last_rght: int | None, count: int = 1) -> Place | None:
    """The space for `count` further children, right after the last child's end; None if under 2.

    The (c+1)th child takes tail ÷ (c + 8). So after c children 7/(c + 7) of the space is left, and
    c can be read off the tail: the cost does not depend on how many children there are.
    """
    space = parent.rght - parent.lft - 1
    last = parent.lft if last_rght is None else last_rght
    tail = parent.rght - 1 - last
    if tail < NARROWEST:
        return None
    width = tail * tail * count // ((FIRST_SHARE - 1) * space + count * tail)
    return Place(last + 1, last + width, parent.depth + 1) if width >= NARROWEST else None


def breadth_first(parents: Sequence[int]) -> list[int]:
    """Every node that hangs on a top, uplines first. `parents[i]` is an index, or -1 for a top.

    Nodes on a cycle, or below one, are not in the result.
    """
    return _breadth_first(parents, children_of(parents))


def _breadth_first(parents: Sequence[int], children: Mapping[int, list[int]]) -> list[int]:
    order = [node for node, parent in enumerate(parents) if parent < 0]
    for node in order:  # grows while it is walked
        order.extend(children.get(node, ()))
    return order


def children_of(parents: Sequence[int]) -> dict[int, list[int]]:
    """The children of each node that has any, in the order given."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        if parent >= 0:
            children.setdefault(parent, []).append(node)
    return children


def tops_of(parents: Sequence[int], order: Sequence[int]) -> dict[int, int]:
    """The top above each node of `order`, which lists uplines before children."""
    tops: dict[int, int] = {}
    for node in order:
        tops[node] = node if parents[node] < 0 else tops[parents[node]]
    return tops


def team_sizes(parents: Sequence[int], order: Sequence[int]) -> list[int]:
    """How many nodes each team has, its head included; `order` lists uplines before children."""
    sizes = [1] * len(parents)
    for node in reversed(order):
        if parents[node] >= 0:
            sizes[parents[node]] += sizes[node]
    return sizes


def number_forest(
    parents: Sequence[int], tops: Mapping[int, Place] | None = None
) -> list[Place | None]:
    """A place for every node; tops stand where `tops` says, or are roots.

    Siblings keep their order. Space is shared by weight: a team of n weighs 2n - 1, of which each
    node's own tail has 1 + its number of children. None for a node on or below a cycle.
    Raises NoRoomError when an interval is too narrow.
    """
    children = children_of(parents)
    order = _breadth_first(parents, children)
    sizes = team_sizes(parents, order)
    places: list[Place | None] = [None] * len(parents)
    for node in order:
        if parents[node] < 0:
            places[node] = tops[node] if tops and node in tops else ROOT
        below = children.get(node)
        if not below:
            continue
        lft, rght, depth = places[node]
        # What the children's teams weigh, and the tail: it comes to the weight of the whole team.
        space, total, depth, lft = rght - lft - 1, 2 * sizes[node] - 1, depth + 1, lft + 1
        for child in below:
            width = space * (2 * sizes[child] - 1) // total
            if width < NARROWEST:
                raise NoRoomError(f"{space} numbers are too few for {sizes[node] - 1} nodes.")
            places[child] = Place(lft, lft + width - 1, depth)
            lft += width
    return places


def share(lft: int, space: int, depth: int, sizes: Sequence[int]) -> Iterable[Place]:
    """Places side by side from `lft` on, by weight. Raises NoRoomError."""
    total = sum(2 * size - 1 for size in sizes)
    for size in sizes:
        width = space * (2 * size - 1) // total
        if width < NARROWEST:
            raise NoRoomError(f"{space} numbers are too few for {sum(sizes)} nodes.")
        yield Place(lft, lft + width - 1, depth)
        lft += width


def cycles(parents: Sequence[int]) -> list[list[int]]:
    """Every cycle among the nodes, each starting at its smallest index and following parents."""
    walked = [0] * len(parents)
    found = []
    for start in range(len(parents)):
        node = start
        while node >= 0 and not walked[node]:
            walked[node] = start + 1
            node = parents[node]
        if node >= 0 and walked[node] == start + 1:
            found.append(_cycle_through(parents, node))
    return found


def _cycle_through(parents: Sequence[int], first: int) -> list[int]:
    cycle = [first]
    while parents[cycle[-1]] != first:
        cycle.append(parents[cycle[-1]])
    smallest = cycle.index(min(cycle))
    return cycle[smallest:] + cycle[:smallest]


class TeamTotals:
    """Feed people in (tree, lft) order; each one's total covers them and everybody below.

    A team is a run of neighbours in that order, so its total is a difference of two running sums.
    Intervals need only nest; gaps between them do not matter.
    """

    def __init__(self) -> None:
        self._totals: list[int] = []
        self._running = 0
        self._open: list[tuple[int, int, int, int]] = []

    def add(self, tree_id: int, lft: int, rght: int, own: int) -> None:
        """The next person, with the figure that is their own."""
        while self._open and not self._is_inside(tree_id, lft):
            self._close()
        self._open.append((len(self._totals), tree_id, rght, self._running))
        self._totals.append(0)
        self._running += own

    def finish(self) -> list[int]:
        """The totals, in the order in which people were added."""
        while self._open:
            self._close()
        return self._totals

    def _is_inside(self, tree_id: int, lft: int) -> bool:
        _index, open_tree, open_rght, _before = self._open[-1]
        return tree_id == open_tree and lft < open_rght

    def _close(self) -> None:
        index, _tree, _rght, before = self._open.pop()
        self._totals[index] = self._running - before
