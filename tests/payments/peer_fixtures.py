"""The providers' peers as fixtures, for every test that pays: a plugin of `tests/conftest.py`."""

from collections.abc import Iterator

import pytest

from tests.payments.peer import Keys, Peer, serve
from tests.payments.peer import alipay as alipay_peer
from tests.payments.peer import wechat as wechat_peer


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
