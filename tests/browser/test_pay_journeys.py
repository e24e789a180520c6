"""Money all the way, by every way to pay: a shared link, a customer who is bound, an order, a
payment, a parcel, a return, and what is left of the commission."""

from decimal import Decimal
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.distributors.models import Binding, BindingPolicy
from apps.insights.selectors.balances import balances
from apps.orders.models import Order, Refund
from apps.payments.models import Payment, PaymentRefund, TransferProof
from apps.payments.services.settings import save_payment_settings
from apps.payments.services.sweeping import sweep_payments
from apps.products.models import Sku
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.payments.conftest import BANK
from tests.price_control.uploads import picture

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
# The browser's own name says that it is driven by a machine, and machines bring no customers.
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
SCREENS = pytest.mark.parametrize(
    ("language", "screen"),
    [
        ("zh-hans", {"viewport": PHONE, "user_agent": IPHONE}),
        ("en", {"viewport": DESKTOP, "user_agent": DESK}),
    ],
    ids=["phone", "desktop"],
)


@pytest.fixture
def trade(house, peer):
    """Every way to pay is on, and whoever comes by a link is bound from the click on."""
    with scope(merchant=house.merchant):
        save_payment_settings(
            merchant=house.merchant, actor=house.owner,
            wechat_on=True, alipay_on=True, transfer_on=True, **BANK,
        )  # fmt: skip
        BindingPolicy.objects.create(
            merchant=house.merchant, version=1, rule="last_touch", protection_days=15,
            bind_on="click", effective_from=timezone.now(), changed_by=house.owner,
        )  # fmt: skip
        yield house


def upload(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/png", "buffer": picture().content}


def wechat(customer: Visitor, office, house, providers) -> None:
    """The customer pays in WeChat, which tells the site; the page is looked at again."""
    customer.press("WeChat Pay")
    payment = Payment.objects.get()
    if customer.page.viewport_size == PHONE:
        link = customer.page.locator("a.pay-wechat").get_attribute("href")
        assert (payment.way, urlsplit(link).hostname) == ("h5", "wx.tenpay.com")
    else:
        assert payment.way == "native"
        assert customer.page.locator("img.pay-code").evaluate("code => code.naturalWidth") > 0
    providers.wechat.pay(payment.number)
    providers.wechat.tell(payment.number)
    customer.follow("I have paid")


def alipay(customer: Visitor, office, house, providers) -> None:
    """The customer goes to Alipay, pays there, and is sent back."""
    customer.ignored.append(f"request: {providers.address}")
    customer.press("Alipay")
    customer.page.locator("a.pay-alipay").click()
    assert customer.page.url.startswith(providers.address)
    customer.page.get_by_role("button", name="确认付款").click()
    customer.page.wait_for_url("**/a/**")
    assert Payment.objects.get().way == ("wap" if customer.page.viewport_size == PHONE else "page")


def transfer(customer: Visitor, office, house, providers) -> None:
    """The customer shows a transfer; the operator has seen the money, and says so."""
    customer.follow("Bank transfer with proof")
    customer.sees("¥266.40", BANK["account_name"])
    customer.page.locator("input[type=file]").set_input_files(upload("transfer.png"))
    customer.press("Send the proof")
    proof_page = customer.path

    operator = office(house.operator)
    operator.open(reverse("admin:payments_transferproof_changelist"))
    operator.page.get_by_role("link", name=Order.objects.get().order_no).click()
    operator.follow("The money has arrived")
    operator.press("The money has arrived")
    assert TransferProof.objects.get().decided_by == house.operator
    customer.open(proof_page)
    customer.follow("To the order")


PAYING = {"wechat": wechat, "alipay": alipay, "offline": transfer}


@SCREENS
@pytest.mark.parametrize("provider", PAYING)
def test_from_a_shared_link_to_the_commission_of_a_return(
    trade,
    peer,
    visit,
    office,
    provider,
    language,
    screen,
):
    seller = visit(user=trade.seller.user, language=language, **screen)
    customer = visit(language=language, **screen)

    order = buy(customer, share(seller))
    customer.follow("Pay now")
    PAYING[provider](customer, office, trade, peer)
    customer.sees(customer.text("Payment received"))
    order.refresh_from_db()
    assert (order.status, Payment.objects.get().provider) == ("paid", provider)

    operator = office(trade.operator)
    ship(operator, order)
    receive_and_return(customer, order)
    accept_return(operator, order)
    sweep_payments()
    run_due(merchant=trade.merchant)

    money_is_back(peer, provider)
    commission_is_taken_back(seller, order)
    books_are_right(trade)


def share(seller: Visitor) -> str:
    """The path of the seller's own link, as she copies it."""
    seller.open(reverse("portal:share"))
    return urlsplit(seller.page.locator("#share-link").input_value()).path


def buy(customer: Visitor, link: str) -> Order:
    """Three packets of ¥88.80, by somebody who was sent a link."""
    assert link.startswith("/r/")
    customer.open(link)
    customer.page.get_by_role("link", name="宫廷熟普").click()
    customer.fill(quantity="3")
    customer.press("Buy now")
    customer.choose(province="330000", city="330100", district="330106")
    customer.fill(recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号")
    customer.press("Place the order")
    customer.sees("¥266.40")

    order = Order.objects.get()
    bound = Binding.objects.get()
    assert (bound.customer, bound.way) == (order.customer, "click")
    assert bound.distributor == order.distributor
    assert (order.brought_how, order.distributor.code) == ("binding", "D0002")
    return order


def ship(operator: Visitor, order: Order) -> None:
    operator.open(reverse("console:order", args=[order.pk]))
    operator.follow("Ship order")
    operator.fill(tracking_number="SF1234567890")
    operator.press("Mark as shipped")


def receive_and_return(customer: Visitor, order: Order) -> None:
    """One of the three is broken, and there is a picture of it."""
    customer.open(reverse("shop:order", args=[order.shop.shop_code, order.order_no]))
    customer.press("I have received the goods")
    customer.sees(customer.text("Order completed"))
    customer.follow("Ask for a refund")
    customer.page.locator('[name="way"][value="goods"]').check()
    customer.fill(quantity="1", reason="碎了")
    customer.page.locator('[name="files"]').set_input_files([upload("broken.png")])
    customer.press("Send the request")
    customer.sees(f"¥88.80 · {customer.text('return goods, money back')}")


def accept_return(operator: Visitor, order: Order) -> None:
    """The operator looks at the picture, takes the piece back into stock and the money is due."""
    refund = Refund.objects.get()
    operator.open(reverse("admin:orders_refund_changelist"))
    operator.page.get_by_role("link", name=refund.refund_no).click()
    operator.sees("¥88.80", "碎了", "broken.png")
    image = operator.page.locator(".c-files img")
    assert image.evaluate("shown => shown.decode().then(() => shown.naturalWidth)") > 0
    operator.follow("The money was given back")
    operator.page.locator('[name="restock"]').check()
    operator.press("The money was given back")
    operator.sees(operator.text("Refund recorded."))


def money_is_back(providers, provider: str) -> None:
    """The provider has given ¥88.80 back, once; a transfer is given back by hand."""
    payment = Payment.objects.get()
    if provider == "offline":
        assert (payment.returned_amount, PaymentRefund.objects.count()) == (Decimal(0), 0)
        return
    back = PaymentRefund.objects.get()
    assert (back.status, back.amount, payment.returned_amount) == (
        "done", Decimal("88.80"), Decimal("88.80"),
    )  # fmt: skip
    if provider == "wechat":
        (there,) = providers.wechat.refunds.values()
        assert there["amount"] == {"refund": 8880, "total": 26640, "currency": "CNY"}
    else:
        (there,) = providers.alipay.refunds.values()
        assert there["refund_amount"] == "88.80"


def commission_is_taken_back(seller: Visitor, order: Order) -> None:
    """12 % of ¥266.40 is 31.968; a third of ¥31.97 is 10.656… Both are rounded half up."""
    seller.open(reverse("portal:earnings"))
    facts = seller.page.locator(".facts").first.locator("dd").all_inner_texts()
    assert facts == ["¥21.31", "¥0.00", "¥21.31"]
    rows = seller.page.locator(".cells .cell .cell-value p").all_inner_texts()
    assert rows == ["−¥10.66", "+¥31.97"]
    seller.sees(order.order_no, f"{seller.text('Direct')} · ¥266.40 × 12%")


def books_are_right(house) -> None:
    """5 % for her upline: 13.32, less a third; two pieces are gone from the shelf; all agrees."""
    found = {each.code: each for each in balances(merchant=house.merchant)}
    pending = {code: found[code].pending for code in ("D0001", "D0002")}
    assert pending == {"D0001": Decimal("8.88"), "D0002": Decimal("21.31")}
    assert Sku.objects.get().stock == 48
    report = StringIO()
    call_command("reconcile", stdout=report)
    assert report.getvalue() == ""
