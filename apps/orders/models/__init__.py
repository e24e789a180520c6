"""Orders, what was given back, what customers keep and say, and how a merchant delivers."""

from apps.orders.models.coupons import Coupon, CouponGoods, CouponUse
from apps.orders.models.delivery import ShippingRegion, ShopSettings
from apps.orders.models.orders import (
    PAID_STATUSES,
    SOLD_STATUSES,
    LevelGoods,
    Order,
    OrderLine,
    Refund,
    ShippingProblem,
)
from apps.orders.models.reviews import RefundFile, Review, ReviewFile
from apps.orders.models.shopping import CartLine, SavedAddress

__all__ = [
    "PAID_STATUSES",
    "SOLD_STATUSES",
    "CartLine",
    "Coupon",
    "CouponGoods",
    "CouponUse",
    "LevelGoods",
    "Order",
    "OrderLine",
    "Refund",
    "RefundFile",
    "Review",
    "ReviewFile",
    "SavedAddress",
    "ShippingProblem",
    "ShippingRegion",
    "ShopSettings",
]
