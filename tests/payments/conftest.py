"""A shop with an order that waits for money."""

from decimal import Decimal

import pytest

from apps.orders.models import Order
from apps.orders.services.shop import place_shop_order
from apps.payments.models import Payment
from apps.payments.services.settings import save_payment_settings
from apps.payments.services.starting import start_payment
from tests.factories import DistributorFactory, SkuFactory

NOTIFY = "https://shop.example/pay/notify/"
BANK = {
    "bank_name": "招商银行",
    "account_name": "云岭茶业有限公司",
    "account_number": "6225 8800 0000 0001",
}


@pytest.fixture
def shop(merchant):
    """Everything is switched on here."""
    save_payment_settings(
        merchant=merchant, actor=None, wechat_on=True, alipay_on=True, transfer_on=True, **BANK
    )
    return DistributorFactory(name="陈志远")


@pytest.fixture
def sku(merchant):
    return SkuFactory(product__name="宫廷熟普", price=Decimal("44.40"), stock=10)


@pytest.fixture
def place(shop, sku):
    """Place an order of two, ¥88.80."""
    placed = []

    def place_one(key: str = "") -> Order:
        placed.append(
            place_shop_order(
                merchant=shop.merchant,
                distributor=shop,
                items={sku.pk: 2},
                recipient_name="刘晓梅",
                recipient_phone="13900001111",
                address="人民路 1 号",
                request_key=key or f"key-{len(placed)}",
            )
        )
        return placed[-1]

    return place_one


@pytest.fixture
def order(place) -> Order:
    return place()


@pytest.fixture
def begin(peer):
    """Begin to pay an order; an Alipay customer opens the address as well."""

    def begin_one(order: Order, way: str = "native", **values) -> Payment:
        payment = start_payment(
            order=order,
            way=way,
            notify_url=NOTIFY,
            return_url="https://shop.example/pay/{number}/",
            address="203.0.113.7",
            **values,
        )
        if way in ("wap", "page"):
            peer.alipay.open(payment.ticket["link"])
        return payment

    return begin_one


@pytest.fixture
def payment(begin, order) -> Payment:
    return begin(order)
