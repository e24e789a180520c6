"""Reading the tree: is it numbered right, how did it stand at a moment, who is meant by a text."""

from apps.distributors.selectors.branches import child_counts, children_of, with_child_count
from apps.distributors.selectors.past import (
    PastPlace,
    child_counts_at,
    children_at,
    path_at,
    people_at,
)
from apps.distributors.selectors.searching import find_people, named_exactly
from apps.distributors.selectors.tree_checks import Fault, Node, tree_faults, tree_nodes

__all__ = [
    "Fault",
    "Node",
    "PastPlace",
    "child_counts",
    "child_counts_at",
    "children_at",
    "children_of",
    "find_people",
    "named_exactly",
    "path_at",
    "people_at",
    "tree_faults",
    "tree_nodes",
    "with_child_count",
]
