"""Checkout: who brought this order? A code typed, then a binding, then the last click."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.distributors.models import Binding, BindingPolicy, Customer, Distributor
from apps.distributors.selectors import binding_at, policy_at
from apps.distributors.services.binding import lock_customer, touch_customer
from apps.merchants.models import Merchant
from apps.orders.models import Coupon, Order
from apps.orders.selectors.coupons import find_coupon
from apps.orders.services.addresses import keep_address
from apps.orders.services.carts import empty_cart
from apps.orders.services.coupon_rules import check_coupon
from apps.orders.services.shop import Brought, OrderRefused, place_shop_order
from apps.promotion.services.clicks import adopt_clicks, keep_as_evidence, last_click

How = Order.Bringing


class UnknownCode(OrderRefused):
    """The code that was typed is nobody's; an entrance counts how often that happens."""

    def __init__(self):
        super().__init__(_("This code is not known here: check it, or leave it empty."))


@transaction.atomic
def check_out(
    *,
    merchant: Merchant,
    shop: Distributor,
    items: Mapping[int, int],
    visitor: str = "",
    code: str = "",
    owner: str = "",
    from_cart: bool = False,
    remember_address: bool = False,
    **details: Any,
) -> Order:
    """Place an order in `shop` and write down who brought it and how that is known.

    `code`: a coupon or an invite code typed by the customer; a coupon of one distributor's shop
    names them as their invite code would. `visitor`: the cookie's number; `details`: see
    `place_shop_order`, whose errors these are. Raises UnknownCode for a code that is nobody's.
    What is `from_cart` leaves the owner's cart, and they are offered a remembered address again.
    Under a policy that binds nobody, an order without a code is the shop's.
    """
    coupon = find_coupon(code)
    named = _owner_of(code) if coupon is None else _shop_of(coupon)

    def find_bringer(customer: Customer) -> Brought:
        return _bringer(merchant, shop, customer, visitor, named)

    order = place_shop_order(
        merchant=merchant,
        distributor=shop,
        items=items,
        owner=owner,
        coupon_code=coupon.code if coupon else "",
        find_bringer=find_bringer,
        **details,
    )
    if owner and from_cart:
        empty_cart(owner=owner, shop=shop, sku_ids=list(items))
    if owner and remember_address and order.store_id is None:
        keep_address(
            merchant=merchant,
            owner=owner,
            name=order.recipient_name,
            phone=order.recipient_phone,
            region=order.region,
            address=order.recipient_address,
        )
    return order


def preview_code(*, shop: Distributor, code: str) -> Coupon | None:
    """The coupon that a code typed at this shop's checkout stands for; None for no code, or for an
    invite code. Changes nothing.

    Raises UnknownCode for a code that is nobody's, CouponRefused for a coupon that does not work
    here and now. Whether this customer may use it is found out when they order.
    """
    coupon = find_coupon(code)
    if coupon is None:
        _owner_of(code)
        return None
    check_coupon(coupon, shop=shop, at=timezone.now())
    return coupon


def _shop_of(coupon: Coupon) -> tuple[Distributor, str] | None:
    """Whom a coupon names, and by what; nobody, if it is for all shops."""
    return (coupon.shop, coupon.code) if coupon.shop else None


def _owner_of(code: str) -> tuple[Distributor, str] | None:
    """Whose invite code it is: the code of a distributor or of their shop."""
    code = code.strip()
    if not code:
        return None
    people = Distributor.objects.filter(status=Distributor.Status.ACTIVE)
    theirs = people.filter(Q(code=code) | Q(shop_code=code.lower())).order_by("pk")
    found = None if "\x00" in code else theirs.first()
    if found is None:
        raise UnknownCode
    return found, code


def _bringer(
    merchant: Merchant,
    shop: Distributor,
    customer: Customer,
    visitor: str,
    named: tuple[Distributor, str] | None,
) -> Brought:
    # Of two orders at once one is the first, and the other is later than it.
    lock_customer(customer)
    now = timezone.now()
    policy = policy_at(merchant=merchant, moment=now)
    adopt_clicks(customer=customer, visitor=visitor, at=now)
    if not policy.is_on:
        if named is None:
            return Brought(shop)
        return Brought(named[0], How.CODE, _evidence(policy, shop, code=named[1]))
    # Whose they were before this order says anything.
    bound = binding_at(customer=customer, moment=now)
    brought = _decide(policy, shop, customer, visitor, named, bound, now)
    touch_customer(
        customer=customer,
        distributor=brought.distributor,
        moment=BindingPolicy.Moment.REGISTRATION,
        way=Binding.Way.CODE if brought.how == How.CODE else None,
        at=now,
        evidence=brought.evidence,
    )
    return brought


def _decide(
    policy: BindingPolicy,
    shop: Distributor,
    customer: Customer,
    visitor: str,
    named: tuple[Distributor, str] | None,
    bound: Binding | None,
    now: datetime,
) -> Brought:
    if named is not None:
        return Brought(named[0], How.CODE, _evidence(policy, shop, code=named[1]))
    if bound is not None and bound.distributor.status != Distributor.Status.TERMINATED:
        evidence = _evidence(policy, shop, binding=bound.pk)
        return Brought(bound.distributor, How.BINDING, evidence)
    click = last_click(customer=customer, visitor=visitor, policy=policy, at=now)
    if click is not None:
        keep_as_evidence(click)
        return Brought(click.distributor, How.CLICK, _evidence(policy, shop, click=click.pk))
    return Brought(shop, How.NAMED, _evidence(policy, shop))


def _evidence(policy: BindingPolicy, shop: Distributor, **found: Any) -> dict[str, Any]:
    return {**found, "shop": shop.code, "policy": policy.version}
