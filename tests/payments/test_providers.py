"""Starting, asking, closing and giving back, over the wire, with the signatures that are due."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from apps.payments.models import Payment
from apps.payments.providers import ProviderError, configured, provider_of
from apps.payments.services.refusals import PaymentRefused
from tests.payments.peer import wechat as wechat_peer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("way", "ticket"),
    [
        ("native", {"qr": "weixin://wxpay/bizpayurl?pr={number}"}),
        (
            "h5",
            {
                "link": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?{number}"
                "&redirect_url=https%3A%2F%2Fshop.example%2Fpay%2F{number}%2F"
            },
        ),
        ("jsapi", {"prepay_id": "wx{number}"}),
    ],
)
def test_wechat_opens_a_trade_for_each_way(order, begin, peer, way, ticket):
    payment = begin(order, way, payer="o-1" if way == "jsapi" else "")

    trade = peer.wechat.trades[payment.number]
    assert payment.ticket == {
        name: value.format(number=payment.number) for name, value in ticket.items()
    }
    assert (trade["amount"]["total"], trade["trade_type"]) == (8880, way.upper())
    assert trade["time_expire"] == payment.expires_at.isoformat(timespec="seconds")


def test_wechats_script_is_given_parameters_signed_now(order, begin, peer):
    payment = begin(order, "jsapi", payer="o-1")

    given = provider_of("wechat").for_device(payment.ticket)["jsapi"]

    text = "\n".join((given["appId"], given["timeStamp"], given["nonceStr"], given["package"], ""))
    assert (given["appId"], given["package"]) == (
        wechat_peer.APP_ID,
        f"prepay_id=wx{payment.number}",
    )
    assert peer.keys.site.is_signed(text, given["paySign"])


@pytest.mark.parametrize(
    ("way", "method", "product"),
    [
        ("wap", "alipay.trade.wap.pay", "QUICK_WAP_PAY"),
        ("page", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    ],
)
def test_alipays_address_is_signed_and_opens_the_trade(order, begin, peer, way, method, product):
    payment = begin(order, way)

    values = {
        name: each[0] for name, each in parse_qs(urlsplit(payment.ticket["link"]).query).items()
    }
    assert values["method"] == method
    assert product in values["biz_content"]
    assert values["return_url"] == f"https://shop.example/pay/{payment.number}/"
    assert peer.alipay.trades[payment.number]["total_amount"] == "88.80"


def test_a_second_press_goes_on_with_the_attempt(order, begin, peer):
    first, second = begin(order), begin(order)

    assert (second.pk, second.ticket) == (first.pk, first.ticket)
    assert len(peer.wechat.trades) == 1


def test_a_provider_that_does_not_answer_leaves_an_attempt_to_go_on_with(order, begin, peer):
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    with pytest.raises(PaymentRefused, match="does not answer"):
        begin(order)

    peer.wechat.trouble = None
    payment = begin(order)

    assert Payment.objects.get() == payment
    assert payment.ticket


def test_an_answer_signed_by_somebody_else_is_none(order, begin, peer):
    peer.wechat.lies = True
    with pytest.raises(PaymentRefused):
        begin(order)
    assert Payment.objects.get().ticket == {}

    peer.wechat.lies = False
    payment = begin(order)
    peer.wechat.lies = peer.alipay.lies = True
    peer.wechat.pay(payment.number)
    with pytest.raises(ProviderError):
        provider_of("wechat").query(payment.number)
    begin(order, "wap")
    with pytest.raises(ProviderError):
        provider_of("alipay").query(Payment.objects.get(way="wap").number)


def test_an_order_that_waits_for_no_money_cannot_be_paid(order, begin):
    type(order).objects.filter(pk=order.pk).update(status="cancelled")
    with pytest.raises(PaymentRefused, match="waits for no payment"):
        begin(order)
    assert not Payment.objects.exists()


def test_an_attempt_that_is_over_is_followed_by_a_new_one(order, begin):
    first = begin(order)
    Payment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    second = begin(order)

    assert second.number != first.number
    assert list(Payment.objects.order_by("pk").values_list("status", flat=True)) == [
        "closed",
        "pending",
    ]


def test_without_credentials_a_provider_is_not_offered(order, begin, settings):
    settings.WECHAT_PAY = {}

    assert not configured("wechat")
    with pytest.raises(PaymentRefused, match="not offered"):
        begin(order)


def test_keys_may_come_as_a_path_or_in_one_line(peer, settings, order, begin, tmp_path):
    file = tmp_path / "site.pem"
    file.write_text(peer.keys.site.private_pem)
    settings.WECHAT_PAY = settings.WECHAT_PAY | {"private_key": str(file)}
    bare = "".join(peer.keys.site.private_pem.strip().splitlines()[1:-1])
    settings.ALIPAY = settings.ALIPAY | {"private_key": bare}

    assert begin(order).ticket
    assert begin(order, "wap").ticket
