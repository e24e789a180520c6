"""Reading the tree: whether its numbers are right, and how it stood at a past moment."""

from apps.distributors.selectors.past import (
    PastPlace,
    child_counts_at,
    children_at,
    path_at,
    people_at,
)
from apps.distributors.selectors.tree_checks import Fault, Node, tree_faults, tree_nodes

__all__ = [
    "Fault",
    "Node",
    "PastPlace",
    "child_counts_at",
    "children_at",
    "path_at",
    "people_at",
    "tree_faults",
    "tree_nodes",
]
