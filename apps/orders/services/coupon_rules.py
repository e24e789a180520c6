"""What a coupon takes off, and why it does not."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import (
    percent_of,
    share_by_largest_remainder,
    to_basis_points,
    to_major,
    to_minor,
)
from apps.core.templatetags.money_display import money_text
from apps.distributors.models import Distributor
from apps.orders.models import Coupon, CouponGoods
from apps.orders.selectors import goods_filter
from apps.orders.services.refusals import CouponRefused
from apps.products.models import Sku

REFUSALS = {
    "planned": gettext_lazy(
        "The coupon %(code)s is valid from %(start)s: order then, or leave it empty."
    ),
    "used_up": gettext_lazy("The coupon %(code)s is used up: use another code, or leave it empty."),
    "ended": gettext_lazy(
        "The coupon %(code)s was valid until %(end)s: use another code, or leave it empty."
    ),
    "stopped": gettext_lazy(
        "The coupon %(code)s is no longer given: use another code, or leave it empty."
    ),
}


class Priced(NamedTuple):
    """So many of a SKU, and what they cost before the coupon (major units)."""

    sku: Sku
    quantity: int
    paid: Decimal


def check_coupon(coupon: Coupon, *, shop: Distributor, at: datetime) -> None:
    """Raises CouponRefused unless the coupon works in this shop at `at`, whoever uses it."""
    state = coupon.state_at(at)
    if state != "running":
        raise CouponRefused(
            REFUSALS[state]
            % {"code": coupon, "start": _moment(coupon.starts_at), "end": _moment(coupon.ends_at)}
        )
    if coupon.shop_id is not None and coupon.shop_id != shop.pk:
        raise CouponRefused(
            _("The coupon %(code)s is for the shop of %(name)s: order there, or leave it empty.")
            % {"code": coupon, "name": coupon.shop.name}
        )


def _moment(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def coupon_shares(coupon: Coupon, goods: Sequence[Priced]) -> list[Decimal]:
    """What the coupon takes off each of these goods, in major units; at most two queries.

    Its goods share it by what each could give, by largest remainder, ties to the earlier; a SKU
    gives nothing below its floor price, and one fen of an order stays to be paid. Raises
    CouponRefused where it is for other goods, too little is ordered, or nothing can be taken off.
    """
    chosen = _chosen(coupon, goods)
    spend = sum(to_minor(each.paid) for each in goods if each.sku.pk in chosen)
    _check_spend(coupon, bool(chosen), spend)
    rooms = [_room(each) if each.sku.pk in chosen else 0 for each in goods]
    whole = sum(to_minor(each.paid) for each in goods)
    off = min(_worth(coupon, spend), sum(rooms), whole - 1)
    if off <= 0:
        raise CouponRefused(
            _("These goods are at their lowest price already: leave the coupon %(code)s out.")
            % {"code": coupon}
        )
    return [to_major(share) for share in share_by_largest_remainder(off, rooms)]


def _chosen(coupon: Coupon, goods: Sequence[Priced]) -> set[int]:
    """The ids of the SKUs that the coupon is for."""
    ids = {each.sku.pk for each in goods}
    rows = list(CouponGoods.objects.filter(coupon=coupon).select_related("category"))
    if not rows:
        return ids
    skus = Sku.objects.filter(goods_filter(rows, "product__"), pk__in=ids)
    return set(skus.values_list("pk", flat=True))


def _check_spend(coupon: Coupon, has_goods: bool, spend: int) -> None:
    if not has_goods:
        raise CouponRefused(
            _("The coupon %(code)s is for other goods: choose some of them, or leave it empty.")
            % {"code": coupon}
        )
    missing = to_minor(coupon.minimum) - spend
    if missing > 0:
        currency = coupon.merchant.currency
        raise CouponRefused(
            _(
                "The coupon %(code)s is for orders of %(minimum)s and more of its goods: add "
                "%(missing)s, or leave it empty."
            )
            % {
                "code": coupon,
                "minimum": money_text(coupon.minimum, currency),
                "missing": money_text(to_major(missing), currency),
            }
        )


def _room(goods: Priced) -> int:
    floor = to_minor(goods.sku.floor_price or 0) * goods.quantity
    return max(to_minor(goods.paid) - floor, 0)


def _worth(coupon: Coupon, spend: int) -> int:
    if coupon.kind == Coupon.Kind.AMOUNT:
        return to_minor(coupon.amount)
    off = percent_of(spend, to_basis_points(coupon.percent))
    return off if coupon.cap is None else min(off, to_minor(coupon.cap))
