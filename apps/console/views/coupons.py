"""Coupons are ended early; everything else about them is on the admin's pages."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.console.views.base import StepView
from apps.orders.models import Coupon
from apps.orders.services.coupon_terms import stop_coupon


class StopCoupon(StepView):
    model = Coupon
    permission = "orders.change_coupon"
    title = gettext_lazy("Stop coupon")
    explanation = gettext_lazy(
        "No order can be placed with it from this moment. Orders that were placed keep what it "
        "took off. A coupon that was stopped does not start again."
    )
    button = gettext_lazy("Stop this coupon")
    done = gettext_lazy("The coupon is stopped.")
    is_dangerous = True

    def take(self, obj: Coupon, values: dict[str, Any]) -> None:
        stop_coupon(coupon=obj)

    def way_back(self, obj: Coupon) -> str:
        return reverse("admin:orders_coupon_changelist")
