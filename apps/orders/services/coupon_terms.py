"""A merchant's coupons: made, changed as long as that rewrites nothing, and stopped."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.distributors.models import Distributor
from apps.merchants.models import Merchant
from apps.orders.models import Coupon, CouponGoods, CouponUse
from apps.orders.selectors.coupons import coupon_code
from apps.orders.services.level_goods import Goods
from apps.orders.services.refusals import CouponRefused

FIELDS = (
    "code",
    "name",
    "kind",
    "amount",
    "percent",
    "cap",
    "minimum",
    "starts_at",
    "ends_at",
    "total_uses",
    "uses_per_customer",
    "first_order_only",
    "shop",
    "is_announced",
)
# What was printed and counted once stays: another code is another coupon.
KEPT_ONCE_USED = ("code", "kind", "amount", "percent", "cap")
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,31}")


@transaction.atomic
def save_coupon(
    *, merchant: Merchant, coupon: Coupon | None = None, goods: Goods | None = None, **values: Any
) -> Coupon:
    """Make a coupon or change any of FIELDS of one; `goods` of None: they stay, empty: everything.

    Amounts in major units, times aware. Orders that were placed with it keep what it took off.
    Raises CouponRefused, with nothing changed, for a code that is in use, also as somebody's invite
    code, or is none; terms that contradict each other; fewer uses than there were; another code or
    another amount for a coupon that was used; and people or goods of another merchant.
    """
    if unknown := values.keys() - set(FIELDS):
        raise TypeError(f"Not of a coupon: {', '.join(sorted(unknown))}")
    if coupon is None:
        coupon = Coupon(merchant=merchant)
    else:
        coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    before = {name: getattr(coupon, name) for name in KEPT_ONCE_USED}
    for name, value in values.items():
        setattr(coupon, name, value)
    coupon.code, coupon.name = coupon_code(coupon.code), coupon.name.strip()
    _check_worth(coupon)
    _check_bounds(coupon)
    _check_kept(coupon, before)
    _check_code(coupon)
    _save(coupon)
    if goods is not None:
        set_coupon_goods(coupon=coupon, goods=goods)
    return coupon


@transaction.atomic
def set_coupon_goods(*, coupon: Coupon, goods: Goods) -> None:
    """Let the coupon be for these goods alone, or for everything without any.

    Raises CouponRefused for another merchant's.
    """
    if any(each.merchant_id != coupon.merchant_id for each in (*goods.categories, *goods.products)):
        raise CouponRefused(_("These goods belong to another merchant."))
    CouponGoods.objects.filter(coupon=coupon).delete()
    ways = [{"category": each} for each in dict.fromkeys(goods.categories)]
    ways += [{"product": each} for each in dict.fromkeys(goods.products)]
    CouponGoods.objects.bulk_create(
        CouponGoods(merchant_id=coupon.merchant_id, coupon=coupon, **way) for way in ways
    )


@transaction.atomic
def stop_coupon(*, coupon: Coupon, at: datetime | None = None) -> Coupon:
    """No order can be placed with it from `at` (aware; default now) on; those placed keep it.

    Raises CouponRefused for one that was stopped or is over.
    """
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    at = at or timezone.now()
    if coupon.state_at(at) in ("stopped", "ended"):
        raise CouponRefused(_("This coupon is over already."))
    coupon.stopped_at = at
    coupon.save(update_fields=["stopped_at"])
    return coupon


def _check_worth(coupon: Coupon) -> None:
    if coupon.kind == Coupon.Kind.AMOUNT:
        if not coupon.amount or coupon.amount < 0:
            raise CouponRefused(_("Say which amount it takes off, more than zero."))
        if coupon.percent is not None or coupon.cap is not None:
            raise CouponRefused(
                _("A fixed amount has no percentage and no limit: leave both empty.")
            )
        return
    if not coupon.percent or not 0 < coupon.percent <= 100:
        raise CouponRefused(_("Say which percentage it takes off, from 0.01 to 100."))
    if coupon.amount is not None:
        raise CouponRefused(_("A percentage has no fixed amount: leave it empty."))


def _check_bounds(coupon: Coupon) -> None:
    if not CODE.fullmatch(coupon.code):
        raise CouponRefused(
            _("A code has 3 to 32 letters (A to Z), digits and hyphens; a hyphen is not the first.")
        )
    if coupon.ends_at is not None and coupon.ends_at <= coupon.starts_at:
        raise CouponRefused(_("A coupon ends after it starts."))
    if coupon.total_uses is not None and coupon.total_uses < coupon.used:
        raise CouponRefused(
            _("It was used %(used)s times already: give at least so many uses, or stop it.")
            % {"used": coupon.used}
        )
    shop = coupon.shop
    if shop is not None and shop.merchant_id != coupon.merchant_id:
        raise CouponRefused(_("This distributor belongs to another merchant."))
    if shop is not None and shop.status == Distributor.Status.TERMINATED:
        raise CouponRefused(_("This distributor has left: their shop takes no orders."))


def _check_kept(coupon: Coupon, before: dict[str, Any]) -> None:
    was_used = coupon.pk and CouponUse.objects.filter(coupon=coupon).exists()
    if was_used and any(getattr(coupon, name) != value for name, value in before.items()):
        raise CouponRefused(
            _(
                "It was used already: its code and what it takes off stay. Stop it, and make "
                "another one."
            )
        )


def _check_code(coupon: Coupon) -> None:
    people = Distributor.objects.filter(merchant=coupon.merchant_id)
    if people.filter(Q(code__iexact=coupon.code) | Q(shop_code__iexact=coupon.code)).exists():
        raise CouponRefused(
            _("“%(code)s” is a distributor's invite code: choose another one.")
            % {"code": coupon.code}
        )
    others = Coupon.objects.filter(merchant=coupon.merchant_id, code=coupon.code)
    if others.exclude(pk=coupon.pk).exists():
        raise _in_use(coupon)


def _in_use(coupon: Coupon) -> CouponRefused:
    return CouponRefused(
        _("There is a coupon “%(code)s” already: choose another code.") % {"code": coupon.code}
    )


def _save(coupon: Coupon) -> None:
    coupon.minimum = Decimal(0) if coupon.minimum is None else coupon.minimum
    try:
        coupon.full_clean(exclude=["merchant", "shop"])
    except ValidationError as error:
        raise CouponRefused("\n".join(error.messages)) from error
    try:
        with transaction.atomic():
            coupon.save()
    except IntegrityError as error:
        raise _in_use(coupon) from error
