"""Reading the tree: is it numbered right, how did it stand at a moment, who is meant by a text."""

from apps.distributors.selectors.past import (
    PastPlace,
    child_counts_at,
    children_at,
    path_at,
    people_at,
)
from apps.distributors.selectors.searching import find_people
from apps.distributors.selectors.tree_checks import Fault, Node, tree_faults, tree_nodes

__all__ = [
    "Fault",
    "Node",
    "PastPlace",
    "child_counts_at",
    "children_at",
    "find_people",
    "path_at",
    "people_at",
    "tree_faults",
    "tree_nodes",
]
