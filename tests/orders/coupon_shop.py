"""A shop, three goods and a coupon for it."""

from decimal import Decimal
from itertools import count

from apps.orders.models import Coupon, Order
from apps.orders.services.coupon_terms import save_coupon
from apps.orders.services.shop import place_shop_order

KEYS = count(1)
BUYER = "13900001111"


def make_coupon(merchant, code="TEA-20", **values) -> Coupon:
    """¥20.00 off, once per customer, unless said otherwise."""
    usual = {"name": "春茶", "kind": "amount"}
    if values.get("kind") != "percent":
        usual["amount"] = Decimal("20.00")
    return save_coupon(merchant=merchant, code=code, **(usual | values))


def buy(shop, items, code="", phone=BUYER, **values) -> Order:
    """Place an order of `items` (SKU → quantity)."""
    usual = {
        "recipient_name": "王芳",
        "recipient_phone": phone,
        "address": "西湖区",
        "request_key": f"key-{next(KEYS)}",
    }
    return place_shop_order(
        merchant=shop.merchant,
        distributor=shop,
        items={sku.pk: quantity for sku, quantity in items.items()},
        coupon_code=code,
        **(usual | values),
    )
