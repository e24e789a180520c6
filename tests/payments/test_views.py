"""The customer's pages, and the two addresses where providers tell of payments."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import Order
from apps.payments.models import Payment, PaymentNotice, TransferProof
from tests.factories import DistributorFactory, MerchantFactory
from tests.payments.books import books
from tests.price_control.uploads import picture

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile Safari"
WECHAT = f"{PHONE} MicroMessenger/8.0"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"


def address(name, order, *args) -> str:
    return reverse(f"payments:{name}", args=[order.merchant.code, order.order_no, *args])


def start(client, order, provider, agent):
    return client.post(address("start", order), {"provider": provider}, HTTP_USER_AGENT=agent)


@pytest.mark.parametrize(
    ("provider", "agent", "way"),
    [
        ("wechat", DESKTOP, "native"),
        ("wechat", PHONE, "h5"),
        ("wechat", WECHAT, "native"),
        ("alipay", DESKTOP, "page"),
        ("alipay", PHONE, "wap"),
    ],
)
def test_the_device_decides_the_way(client, order, peer, provider, agent, way):
    answer = start(client, order, provider, agent)

    payment = Payment.objects.get()
    assert payment.way == way
    assert answer["Location"] == address("attempt", order, payment.number)
    page = client.get(answer["Location"], HTTP_USER_AGENT=agent)
    assert page.status_code == 200
    assert payment.notify_url == f"http://testserver/pay/notify/{provider}/"
    if way == "native":
        assert client.get(address("qr", order, payment.number))["Content-Type"] == "image/svg+xml"
    else:
        assert f'href="{payment.ticket["link"].replace("&", "&amp;")}"' in page.content.decode()


def test_inside_wechat_the_customer_is_known_after_a_turn_there(client, order, peer):
    answer = client.get(address("pay", order), HTTP_USER_AGENT=WECHAT)
    assert answer["Location"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    state = client.session["wechat_state"]

    client.get(f"{address('openid', order)}?code=7&state={state}", HTTP_USER_AGENT=WECHAT)
    answer = start(client, order, "wechat", WECHAT)

    payment = Payment.objects.get()
    assert (payment.way, payment.payer) == ("jsapi", "o-7")
    page = client.get(answer["Location"], HTTP_USER_AGENT=WECHAT).content.decode()
    assert f'data-package="prepay_id=wx{payment.number}"' in page
    assert "data-paysign=" in page


def test_a_state_that_was_never_given_makes_nobody_known(client, order, peer):
    client.get(address("pay", order), HTTP_USER_AGENT=WECHAT)
    client.get(f"{address('openid', order)}?code=7&state=guess", HTTP_USER_AGENT=WECHAT)
    assert "wechat_openid" not in client.session


def test_inside_wechat_alipay_is_not_offered(client, order, peer):
    client.get(address("pay", order), HTTP_USER_AGENT=WECHAT)
    page = client.get(address("pay", order), HTTP_USER_AGENT=WECHAT)
    assert [each.provider for each in page.context["choices"]] == ["wechat"]
    start(client, order, "alipay", WECHAT)
    assert not Payment.objects.exists()


def test_who_comes_back_is_not_believed_but_asked_about(client, order, peer):
    start(client, order, "wechat", PHONE)
    payment = Payment.objects.get()
    back = f"{address('attempt', order, payment.number)}?trade_status=TRADE_SUCCESS&result=paid"

    assert "Payment received" not in client.get(back).content.decode()
    order.refresh_from_db()
    assert order.status == "pending"

    peer.wechat.pay(payment.number)
    Payment.objects.update(checked_at=None)
    assert "Payment received" in client.get(back).content.decode()
    order.refresh_from_db()
    assert order.status == "paid"
    assert client.get(address("state", order, payment.number)).json() == {"status": "paid"}


def test_a_provider_that_fails_is_said_so_and_another_way_is_left(client, order, peer):
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    answer = client.post(
        address("start", order), {"provider": "wechat"}, HTTP_USER_AGENT=DESKTOP, follow=True
    )
    assert answer.redirect_chain == [(address("pay", order), 302)]
    assert "does not answer" in answer.content.decode()


def test_an_order_of_another_merchant_or_kind_is_not_there(client, order, peer):
    other = MerchantFactory()
    with scope(merchant=other):
        DistributorFactory()
    for code, number in (
        (other.code, order.order_no),
        (order.merchant.code, "NOBODY"),
        ("nobody", order.order_no),
    ):
        for name in ("pay", "start", "transfer", "openid"):
            url = reverse(f"payments:{name}", args=[code, number])
            ask = client.post if name == "start" else client.get
            assert ask(url).status_code == 404
    Order.objects.filter(pk=order.pk).update(source="csv")
    assert client.get(address("pay", order)).status_code == 404
    assert not Payment.objects.exists()


def test_somebody_elses_attempt_is_not_there(client, place, begin, peer):
    first, second = place(), place()
    payment = begin(first)
    for name in ("attempt", "state", "qr"):
        assert client.get(address(name, second, payment.number)).status_code == 404


def test_a_proof_is_handed_in_once(client, order):
    page = client.get(address("transfer", order))
    key = page.context["form"]["request_key"].value()
    upload = picture()
    for _each in range(2):
        file = SimpleUploadedFile(upload.name, upload.content, "image/png")
        values = {"files": file, "payer_name": "刘晓梅", "note": "", "request_key": str(key)}
        answer = client.post(address("transfer", order), values)
        assert answer.status_code == 302
    assert TransferProof.objects.count() == 1
    assert "6225 8800 0000 0001" not in client.get(address("transfer", order)).content.decode()


def wechat_post(client, message, **extra):
    headers, body = message
    return client.post(
        reverse("payments:notify_wechat"),
        body,
        content_type="application/json",
        headers=headers,
        **extra,
    )


def test_wechat_is_answered_in_its_own_words(client, payment, peer):
    peer.wechat.pay(payment.number)
    message = peer.wechat.paid_notice(payment.number)
    for _each in range(2):
        answer = wechat_post(client, message)
        assert (answer.status_code, answer.json()) == (200, {"code": "SUCCESS", "message": "成功"})

    lie = wechat_post(client, peer.wechat.paid_notice(payment.number, signer=peer.keys.stranger))
    assert (lie.status_code, lie.json()) == (401, {"code": "FAIL", "message": "失败"})
    assert Order.objects.get().status == "paid"


def test_alipay_is_answered_in_its_own_words(client, begin, order, peer):
    payment = begin(order, "wap")
    peer.alipay.pay(payment.number)

    def tell(body):
        return client.post(
            reverse("payments:notify_alipay"),
            body,
            content_type="application/x-www-form-urlencoded; charset=utf-8",
        )

    lie = tell(peer.alipay.notice(payment.number, signer=peer.keys.stranger))
    assert (lie.status_code, lie.content) == (401, b"fail")
    assert Order.objects.get().status == "pending"
    truth = tell(peer.alipay.notice(payment.number))
    assert (truth.status_code, truth.content) == (200, b"success")
    assert Order.objects.get().status == "paid"


def test_a_notice_too_large_is_not_even_looked_at(client, payment, peer):
    before = books()
    headers, body = peer.wechat.paid_notice(payment.number)
    answer = wechat_post(client, (headers, body + " " * 70_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "FAIL")
    assert books() == before
    assert not PaymentNotice.objects.with_scopes_disabled().exists()


def test_without_credentials_there_is_nobody_to_tell(client, settings):
    settings.WECHAT_PAY = settings.ALIPAY = {}
    assert (
        client.post(reverse("payments:notify_wechat"), "{}", "application/json").status_code == 404
    )
    assert client.get(reverse("payments:notify_alipay")).status_code == 405


def test_the_order_page_leads_here(client, order):
    shop = order.shop
    page = client.get(reverse("shop:order", args=[shop.shop_code, order.order_no]))
    assert f'href="{address("pay", order)}"' in page.content.decode()
