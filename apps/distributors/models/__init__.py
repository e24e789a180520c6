"""The people who sell: their levels, their tree, its dated history, and their customers."""

from apps.distributors.models.customers import Customer
from apps.distributors.models.history import DistributorEvent
from apps.distributors.models.levels import Level
from apps.distributors.models.people import Distributor, new_shop_code, new_shop_codes
from apps.distributors.models.stores import Store

__all__ = [
    "Customer",
    "Distributor",
    "DistributorEvent",
    "Level",
    "Store",
    "new_shop_code",
    "new_shop_codes",
]
