"""The people who sell: their levels, their tree, its dated history, and their customers."""

from apps.distributors.models.bindings import Binding, BindingAttempt, BindingPolicy
from apps.distributors.models.customers import Customer
from apps.distributors.models.duplicates import DuplicateFlag
from apps.distributors.models.history import DistributorEvent
from apps.distributors.models.level_changes import LevelChange, LevelGrace, LevelReview
from apps.distributors.models.levels import Level, LevelCondition
from apps.distributors.models.moves import MovePolicy, TreeMove
from apps.distributors.models.people import Distributor, new_shop_code, new_shop_codes
from apps.distributors.models.shop_fronts import ShopFront
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
    "Binding",
    "BindingAttempt",
    "BindingPolicy",
    "Customer",
    "Distributor",
    "DistributorEvent",
    "DuplicateFlag",
    "Level",
    "LevelChange",
    "LevelCondition",
    "LevelGrace",
    "LevelReview",
    "MovePolicy",
    "ShopFront",
    "StandingPolicy",
    "Store",
    "Suspension",
    "SuspensionEnd",
    "TreeMove",
    "new_shop_code",
    "new_shop_codes",
]
