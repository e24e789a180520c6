"""One writer per tree."""

from collections.abc import Iterable

from apps.core.bulk import any_of
from apps.distributors.models import Distributor


def lock_trees(tree_ids: Iterable[int]) -> None:
    """Keep every other writer out of these trees until the transaction ends.

    A tree is locked by its root row, whose id is the tree's. Orders and wallets may still refer to
    that row meanwhile. On SQLite the transaction holds the only write lock already. One query,
    which takes the locks in the order of ids: nobody waits in a circle.
    """
    roots = Distributor.objects.filter(pk__in=any_of(sorted(set(tree_ids)))).order_by("pk")
    list(roots.select_for_update(no_key=True).values_list("pk"))


def lock_tree_of(distributor: Distributor) -> Distributor:
    """Lock the tree this person is in; the person as they are now, read after the lock."""
    tree_id = Distributor.objects.values_list("tree_id", flat=True).get(pk=distributor.pk)
    while True:
        lock_trees([tree_id])
        fresh = Distributor.objects.get(pk=distributor.pk)
        if fresh.tree_id == tree_id:
            return fresh
        tree_id = fresh.tree_id
