"""Using a coupon, once per order and never more often than it may be; and giving the use back.

Locks: the coupon, then the customer. Both are part of placing or ending an order.
"""

from datetime import datetime
from decimal import Decimal
from itertools import count

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.distributors.services.binding import lock_customer
from apps.merchants.models import Merchant
from apps.orders.models import Coupon, CouponUse, Order
from apps.orders.selectors.coupons import coupon_code
from apps.orders.services.coupon_rules import REFUSALS
from apps.orders.services.refusals import CouponRefused


def lock_coupon(*, merchant: Merchant, code: str) -> Coupon:
    """The merchant's coupon of this code as it is now, locked until commit.

    Raises CouponRefused where there is none.
    """
    found = Coupon.objects.select_for_update(of=["self"]).filter(
        merchant=merchant, code=coupon_code(code)
    )
    coupon = found.select_related("merchant", "shop").first()
    if coupon is None:
        raise CouponRefused(_("This code is not known here: check it, or leave it empty."))
    return coupon


def use_coupon(*, coupon: Coupon, order: Order, discount: Decimal) -> CouponUse:
    """Count a use of a locked coupon for a new order, which it takes `discount` (major units) off.

    Raises CouponRefused when it is used up, the customer has used it as often as they may, or it is
    for first orders and they have ordered before.
    """
    lock_customer(order.customer)
    if coupon.first_order_only and _has_ordered(order):
        raise CouponRefused(
            _("The coupon %(code)s is for a first order; you have ordered before: leave it empty.")
            % {"code": coupon}
        )
    number = _free_number(coupon, order)
    try:
        with transaction.atomic():
            # The table's own CHECK has the last word on how often.
            Coupon.objects.filter(pk=coupon.pk).update(used=F("used") + 1)
    except IntegrityError as error:
        raise CouponRefused(REFUSALS["used_up"] % {"code": coupon}) from error
    return CouponUse.objects.create(
        merchant_id=order.merchant_id,
        coupon=coupon,
        order=order,
        customer=order.customer,
        number=number,
        discount=discount,
        used_at=order.placed_at,
    )


def _has_ordered(order: Order) -> bool:
    others = Order.objects.filter(customer=order.customer).exclude(pk=order.pk)
    return others.exclude(status=Order.Status.CANCELLED).exists()


def _free_number(coupon: Coupon, order: Order) -> int:
    standing = CouponUse.objects.filter(
        coupon=coupon, customer=order.customer, returned_at=None
    ).values_list("number", flat=True)
    taken = set(standing)
    if coupon.uses_per_customer is not None and len(taken) >= coupon.uses_per_customer:
        raise CouponRefused(
            ngettext(
                "You have used the coupon %(code)s, which is for one order: leave it empty.",
                "You have used the coupon %(code)s for %(times)s orders, which is as often as you "
                "may: leave it empty.",
                coupon.uses_per_customer,
            )
            % {"code": coupon, "times": coupon.uses_per_customer}
        )
    return next(number for number in count(1) if number not in taken)


def give_back_use(*, order: Order, at: datetime) -> None:
    """The locked order ends without a sale at `at`: its coupon, if any, may be used once more."""
    use = CouponUse.objects.filter(order=order, returned_at=None).first()
    if use is None:
        return
    Coupon.objects.filter(pk=use.coupon_id).update(used=F("used") - 1)
    use.returned_at = at
    use.save(update_fields=["returned_at"])
