"""The people who sell: their levels, their tree, its dated history, and their customers."""

from apps.distributors.models.customers import Customer
from apps.distributors.models.history import DistributorEvent
from apps.distributors.models.levels import Level
from apps.distributors.models.people import Distributor, new_shop_code
from apps.distributors.models.standing import (
    Ban,
    BannedIdentity,
    StandingPolicy,
    Suspension,
    SuspensionEnd,
)
from apps.distributors.models.stores import Store

__all__ = [
    "Ban",
    "BannedIdentity",
    "Customer",
    "Distributor",
    "DistributorEvent",
    "Level",
    "StandingPolicy",
    "Store",
    "Suspension",
    "SuspensionEnd",
    "new_shop_code",
]
