"""Who may write into a tree at the same time.

Whoever only adds a child shares the tree with others who do, and has the parent's row to itself.
Whoever renumbers or moves has the tree to itself. Whoever works on more trees than a database
should hold locks for has all of the merchant's. Nobody asks for more after a parent's row.
"""

from collections.abc import Iterable

from apps.core.locks import lock_all_until_commit
from apps.distributors.models import Distributor

# PostgreSQL keeps all locks of all transactions in one table of a few thousand.
MOST_TREES_LOCKED = 100


class TreeBusyError(Exception):
    """A tree that is only shared is not enough here: roll back, and take it alone."""


def lock_trees(merchant_id: int, tree_ids: Iterable[int]) -> None:
    """Keep every other writer out of these trees until the transaction ends.

    On SQLite the transaction holds the only write lock already.
    """
    trees = sorted(set(tree_ids))
    if len(trees) > MOST_TREES_LOCKED:
        lock_every_tree(merchant_id)
    else:
        lock_all_until_commit(
            [(_forest(merchant_id), True), *((_tree(tree_id), False) for tree_id in trees)]
        )


def lock_every_tree(merchant_id: int) -> None:
    """Keep every other writer out of all trees of the merchant until the transaction ends."""
    lock_all_until_commit([(_forest(merchant_id), False)])


def lock_tree_of(distributor: Distributor) -> Distributor:
    """Lock the tree this person is in; the person as they are now, read after the lock."""
    tree_id = Distributor.objects.values_list("tree_id", flat=True).get(pk=distributor.pk)
    while True:
        lock_trees(distributor.merchant_id, [tree_id])
        fresh = Distributor.objects.get(pk=distributor.pk)
        if fresh.tree_id == tree_id:
            return fresh
        tree_id = fresh.tree_id


def lock_as_parent(parent: Distributor) -> Distributor:
    """Lock this person's row for one more child, sharing the tree; the person as they are now.

    Others may add children to other people meanwhile; nobody renumbers the tree or changes this
    person. Raises TreeBusyError when the person is in another tree than `parent` says.
    """
    lock_all_until_commit([(_forest(parent.merchant_id), True), (_tree(parent.tree_id), True)])
    fresh = Distributor.objects.select_for_update(no_key=True).get(pk=parent.pk)
    if fresh.tree_id != parent.tree_id:
        raise TreeBusyError
    return fresh


def _forest(merchant_id: int) -> str:
    return f"trees:{merchant_id}"


def _tree(tree_id: int) -> str:
    return f"tree:{tree_id}"
