"""Who may write into a tree at the same time.

Whoever only adds a child shares the tree with others who do, and has the parent's row to itself.
Whoever renumbers or moves has the tree to itself. Whoever works on more trees than a database
should hold locks for has all of the merchant's. Nobody asks for more after a parent's row.
"""

from collections.abc import Iterable

from django.db import transaction

from apps.core.bulk import any_of
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


class _MovedError(Exception):
    """Somebody is in another tree than the one that was locked for them."""


def lock_trees_of(merchant_id: int, ids: Iterable[int]) -> None:
    """Lock the trees these people are in, whichever they are once the locks are held.

    All in one order: when somebody was moved meanwhile, everything is let go and begun again, so
    that two who wait for each other's trees do not hold what the other wants. Call it before any
    other lock on trees.
    """
    wanted = set(ids)
    is_settled = False
    while not is_settled:
        try:
            # Rolled back to here, PostgreSQL lets go of the locks taken since.
            with transaction.atomic():
                trees = _trees_of(wanted)
                lock_trees(merchant_id, trees)
                if not _trees_of(wanted) <= trees:
                    raise _MovedError
            is_settled = True
        except _MovedError:
            continue


def _trees_of(ids: set[int]) -> set[int]:
    people = Distributor.objects.filter(pk__in=any_of(ids)).order_by()
    return set(people.values_list("tree_id", flat=True).distinct())


def lock_tree_of(distributor: Distributor) -> Distributor:
    """Lock the tree this person is in; the person as they are now, read after the lock."""
    lock_trees_of(distributor.merchant_id, [distributor.pk])
    return Distributor.objects.get(pk=distributor.pk)


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
