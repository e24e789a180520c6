"""Reading people: the tree now and then, who is meant by a text, whose customers are whose."""

from apps.distributors.selectors.bindings import (
    NO_POLICY,
    binding_at,
    bound_distributor,
    customer_of,
    policy_at,
)
from apps.distributors.selectors.branches import child_counts, children_of, with_child_count
from apps.distributors.selectors.past import (
    PastPlace,
    child_counts_at,
    children_at,
    path_at,
    people_at,
)
from apps.distributors.selectors.searching import find_people, named_exactly

__all__ = [
    "NO_POLICY",
    "PastPlace",
    "binding_at",
    "bound_distributor",
    "child_counts",
    "child_counts_at",
    "children_at",
    "children_of",
    "customer_of",
    "find_people",
    "named_exactly",
    "path_at",
    "people_at",
    "policy_at",
    "with_child_count",
]
