"""All that can happen, one small function each: it looks for something to do in a life and returns
the `Attempt`, or None when there is nothing. `@operation(weight)` puts it in the list."""

from tests.simulation.operations import campaigns, orders, payouts, people, plans, refunds
from tests.simulation.operations.register import OPERATIONS

__all__ = ["OPERATIONS", "campaigns", "orders", "payouts", "people", "plans", "refunds"]
