"""Orders, refunds and reviews as lists, and coupons; every change goes through the services."""

from apps.orders.admin.coupons import CouponAdmin, CouponUseAdmin
from apps.orders.admin.orders import OrderAdmin, RefundAdmin, ReviewAdmin

__all__ = ["CouponAdmin", "CouponUseAdmin", "OrderAdmin", "RefundAdmin", "ReviewAdmin"]
