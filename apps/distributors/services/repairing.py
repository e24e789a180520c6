"""Numbering trees anew from the uplines, which are the truth."""

from collections.abc import Iterator

from django.db import transaction
from django_scopes import scope

from apps.distributors.models import Distributor
from apps.distributors.numbering import Place, breadth_first, number_forest, tops_of
from apps.distributors.selectors.tree_checks import Fault, OnProgress, tree_faults
from apps.distributors.services.locks import lock_every_tree
from apps.distributors.services.places import write_places
from apps.merchants.models import Merchant

ROWS_PER_FETCH = 5000


def repair_trees(*, merchant: Merchant, on_progress: OnProgress | None = None) -> list[Fault]:
    """Number anew every tree in which something is wrong; what remains wrong afterwards.

    One pass over the uplines, without recursion. Only uplines that lead in a circle, or to another
    merchant, remain: no numbers can mend those. Locks all of the merchant's trees.
    """
    with scope(merchant=merchant), transaction.atomic():
        lock_every_tree(merchant.pk)
        faulty = {fault.pk for fault in tree_faults(merchant.pk)}
        if faulty:
            write_places(_places(faulty), on_progress)
        return list(tree_faults(merchant.pk))


def _places(faulty: set[int]) -> Iterator[tuple[int, int, Place]]:
    """(id, tree id, place) of everybody in a tree with a fault."""
    ids, uplines = [], []
    # Siblings keep their order.
    people = Distributor.objects.order_by("tree_id", "lft", "pk").values_list("pk", "parent_id")
    for pk, parent_id in people.iterator(chunk_size=ROWS_PER_FETCH):
        ids.append(pk)
        uplines.append(parent_id)
    index = {pk: position for position, pk in enumerate(ids)}
    # An upline out of reach is no root: such a person waits for the upline to be mended.
    parents = [
        -1 if parent_id is None else index.get(parent_id, position)
        for position, parent_id in enumerate(uplines)
    ]
    places = number_forest(parents)
    tops = tops_of(parents, breadth_first(parents))
    at_fault = {top for position, top in tops.items() if ids[position] in faulty}
    for position, top in tops.items():
        if top in at_fault:
            yield ids[position], ids[top], places[position]
