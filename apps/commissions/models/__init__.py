"""Plans, what they made people earn, and what was run to find out."""

from apps.commissions.models.appeals import Appeal
from apps.commissions.models.earnings import (
    BonusPeriod,
    Commission,
    OrderBooking,
    Rebooking,
    RefundBooking,
    Release,
)
from apps.commissions.models.plans import Plan
from apps.commissions.models.runs import Simulation, StageRun

__all__ = [
    "Appeal",
    "BonusPeriod",
    "Commission",
    "OrderBooking",
    "Plan",
    "Rebooking",
    "RefundBooking",
    "Release",
    "Simulation",
    "StageRun",
]
