"""Paying as people do it: a code on a computer, a transfer with proof on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import Order
from apps.payments.models import Payment, TransferProof
from apps.payments.services.settings import save_payment_settings
from apps.promotion.services.checkout import check_out
from tests.browser.visitor import DESKTOP, PHONE
from tests.payments.conftest import BANK
from tests.price_control.uploads import picture


@pytest.fixture
def order(house, peer) -> Order:
    """Two packets for ¥177.60, in a shop where every way to pay is on."""
    with scope(merchant=house.merchant):
        save_payment_settings(
            merchant=house.merchant,
            actor=house.owner,
            wechat_on=True,
            alipay_on=True,
            transfer_on=True,
            **BANK,
        )
        yield check_out(
            merchant=house.merchant, shop=house.seller, visitor="v", items={house.sku.pk: 2},
            recipient_name="林小姐", recipient_phone="13799990001", address="文三路 100 号",
            request_key="paid",
        )  # fmt: skip


def address(name: str, order: Order, *args: str) -> str:
    return reverse(f"payments:{name}", args=[order.merchant.code, order.order_no, *args])


def is_clean(page) -> None:
    """axe finds nothing on the page."""
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found] == []


def test_a_code_on_a_computer_is_paid_and_the_page_turns(order, visit, peer):
    customer = visit(viewport=DESKTOP)
    customer.open(reverse("shop:order", args=[order.shop.shop_code, order.order_no]))
    customer.follow("Pay now")
    is_clean(customer.page)
    customer.press("WeChat Pay")
    payment = Payment.objects.get()
    assert customer.path == address("attempt", order, payment.number)
    customer.sees("¥177.60", customer.text("Scan the code with WeChat."))
    assert customer.page.locator("img.pay-code").evaluate("image => image.naturalWidth") > 0
    is_clean(customer.page)

    peer.wechat.pay(payment.number)

    # The page asks by itself, every few seconds.
    customer.page.get_by_role("heading", name=customer.text("Payment received")).wait_for()
    is_clean(customer.page)
    order.refresh_from_db()
    assert order.status == "paid"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_transfer_is_shown_on_a_phone_and_confirmed(order, visit, office, house, language):
    customer = visit(viewport=PHONE, language=language)
    customer.open(address("pay", order))
    customer.follow("Bank transfer with proof")
    customer.sees("¥177.60", BANK["bank_name"], BANK["account_name"])
    is_clean(customer.page)
    shown = picture()
    file = {"name": shown.name, "mimeType": "image/png", "buffer": shown.content}
    customer.page.locator("input[type=file]").set_input_files(file)
    customer.fill(payer_name="林小姐")
    customer.press("Send the proof")
    proof = TransferProof.objects.get()
    is_clean(customer.page)

    finance = office(house.finance)
    finance.open(reverse("console:transfer_proof", args=[proof.pk]))
    finance.follow("The money has arrived")
    finance.press("The money has arrived")

    customer.open(address("pay", order))
    customer.sees(customer.text("This order is paid"))
    order.refresh_from_db()
    assert (order.status, order.payment_confirmed_by) == ("paid", house.finance)
