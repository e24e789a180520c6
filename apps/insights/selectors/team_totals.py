"""Sums over everybody's team in one pass over the tree (design §6)."""


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
