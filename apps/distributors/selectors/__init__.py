"""Reports on the people who sell and on whose customers are whose."""

from apps.distributors.selectors.bindings import (
    NO_POLICY,
    binding_at,
    bound_distributor,
    customer_of,
    policy_at,
)
from apps.distributors.selectors.tree import Fault, Node, tree_faults, tree_nodes

__all__ = [
    "NO_POLICY",
    "Fault",
    "Node",
    "binding_at",
    "bound_distributor",
    "customer_of",
    "policy_at",
    "tree_faults",
    "tree_nodes",
]
