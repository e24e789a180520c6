"""How a customer fills the checkout in."""

import uuid
from decimal import Decimal

from django.urls import reverse

# 浙江省/杭州市/西湖区
CONTACT = {
    "recipient_name": "王芳",
    "recipient_phone": "139 0000 1111",
    "province": "330000",
    "city": "330100",
    "district": "330106",
    "address": "文一西路 100 号",
    "note": "",
}


def checkout_address(shop):
    return reverse("shop:checkout", args=[shop.shop_code])


def place(client, shop, sku, quantity=1, key=None, **changes):
    """Send the form that a page without shipping fees showed."""
    shown = sku.price * int(quantity) if str(quantity).isdecimal() else Decimal(0)
    data = CONTACT | {
        "sku": sku.pk,
        "quantity": quantity,
        "request_key": key or uuid.uuid4(),
        "shown": shown,
    }
    return client.post(checkout_address(shop), data | changes)
