"""Reports on the people who sell and on whose customers are whose."""

from apps.distributors.selectors.bindings import (
    NO_POLICY,
    binding_at,
    bound_distributor,
    customer_of,
    policy_at,
)

__all__ = ["NO_POLICY", "binding_at", "bound_distributor", "customer_of", "policy_at"]
