"""Numbering trees anew from the uplines, which are the truth."""

from django.db import transaction
from django_scopes import scope

from apps.distributors.numbering import breadth_first, number_forest, tops_of
from apps.distributors.selectors import Fault, tree_faults, tree_nodes
from apps.distributors.services.locks import lock_every_tree
from apps.distributors.services.places import write_places
from apps.merchants.models import Merchant


def repair_trees(*, merchant: Merchant) -> list[Fault]:
    """Number anew every tree in which something is wrong; what remains wrong afterwards.

    Only uplines that lead in a circle, or to another merchant, remain: no numbers can mend those.
    """
    with scope(merchant=merchant), transaction.atomic():
        lock_every_tree(merchant.pk)
        nodes = tree_nodes()
        faulty = {fault.pk for fault in tree_faults(nodes)}
        index = {node.pk: position for position, node in enumerate(nodes)}
        # An upline out of reach is no root: such a person waits for the upline to be mended.
        parents = [
            -1 if node.parent_id is None else index.get(node.parent_id, position)
            for position, node in enumerate(nodes)
        ]
        places = number_forest(parents)
        tops = tops_of(parents, breadth_first(parents))
        at_fault = {top for position, top in tops.items() if nodes[position].pk in faulty}
        write_places(
            (nodes[position].pk, nodes[top].pk, places[position])
            for position, top in tops.items()
            if top in at_fault
        )
        return list(tree_faults(tree_nodes()))
