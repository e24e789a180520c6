"""A shop with an order that waits for money, and the providers' peers to pay it with."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from apps.orders.models import Order
from apps.orders.services.shop import place_shop_order
from apps.payments.models import Payment
from apps.payments.services.settings import save_payment_settings
from apps.payments.services.starting import start_payment
from tests.factories import DistributorFactory, SkuFactory
from tests.payments.peer import Keys, Peer, serve
from tests.payments.peer import alipay as alipay_peer
from tests.payments.peer import wechat as wechat_peer

NOTIFY = "https://shop.example/pay/notify/"
BANK = {
    "bank_name": "招商银行",
    "account_name": "云岭茶业有限公司",
    "account_number": "6225 8800 0000 0001",
}


@pytest.fixture(scope="session")
def running_peer() -> Iterator[Peer]:
    with serve(Keys()) as peer:
        yield peer


@pytest.fixture
def peer(running_peer, settings) -> Peer:
    """Both providers, knowing nothing yet, with the site's credentials set for them."""
    running_peer.wechat.reset()
    running_peer.alipay.reset()
    keys = running_peer.keys
    settings.WECHAT_PAY = {
        "app_id": wechat_peer.APP_ID,
        "mch_id": wechat_peer.MCH_ID,
        "serial_no": wechat_peer.SERIAL,
        "private_key": keys.site.private_pem,
        "api_v3_key": keys.api_v3_key,
        "public_key": keys.wechat.public_pem,
        "public_key_id": wechat_peer.KEY_ID,
        "app_secret": "secret",
        "gateway": running_peer.address,
    }
    settings.ALIPAY = {
        "app_id": alipay_peer.APP_ID,
        "seller_id": alipay_peer.SELLER_ID,
        "private_key": keys.site.private_pem,
        "public_key": keys.alipay.public_pem,
        "gateway": f"{running_peer.address}/gateway.do",
    }
    return running_peer


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
