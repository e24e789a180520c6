"""Coupons by their code, with what they brought, and those that somebody may pass on."""

import unicodedata
from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.core.fields import MoneyField
from apps.distributors.models import Distributor
from apps.orders.models import SOLD_STATUSES, Coupon, CouponUse, OrderLine


def coupon_code(text: str) -> str:
    """One spelling per code, whatever keyboard it was typed on: capitals, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def find_coupon(text: str) -> Coupon | None:
    """The coupon of this code in the active scope, whether or not it can be used. One query."""
    code = coupon_code(text)
    if not code or "\x00" in code:
        return None
    return Coupon.objects.filter(code=code).select_related("shop").first()


def with_figures(coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
    """Each with `given`, what it took off orders that stand, and `sales`, what was paid for their
    goods less refunds (major units)."""
    uses = CouponUse.objects.filter(coupon=OuterRef("pk"), returned_at=None).order_by()
    given = uses.values("coupon").annotate(sum=Sum("discount")).values("sum")
    lines = OrderLine.objects.filter(
        order__coupon_use__coupon=OuterRef("pk"),
        order__coupon_use__returned_at=None,
        order__status__in=SOLD_STATUSES,
    ).order_by()
    left = Sum(F("paid_amount") - F("refunded_amount"), output_field=MoneyField())
    sales = lines.values("order__coupon_use__coupon").annotate(sum=left).values("sum")
    return coupons.annotate(
        given=Coalesce(Subquery(given), 0, output_field=MoneyField()),
        sales=Coalesce(Subquery(sales), 0, output_field=MoneyField()),
    )


def uses_of(coupon: Coupon) -> QuerySet[CouponUse]:
    """The orders placed with it, newest first."""
    found = CouponUse.objects.filter(coupon=coupon).select_related("order", "customer")
    return found.order_by("-used_at", "-pk")


def coupons_to_share(distributor: Distributor, at: datetime) -> QuerySet[Coupon]:
    """Announced coupons that customers can use in this distributor's shop at `at` or later, those
    that end first in front, with their goods."""
    found = Coupon.objects.filter(
        Q(shop=None) | Q(shop=distributor),
        Q(ends_at=None) | Q(ends_at__gt=at),
        Q(total_uses=None) | Q(used__lt=F("total_uses")),
        merchant=distributor.merchant_id,
        is_announced=True,
        stopped_at=None,
    )
    related = ["goods__category", "goods__product"]
    found = found.select_related("merchant").prefetch_related(*related)
    return found.order_by(F("ends_at").asc(nulls_last=True), "pk")
