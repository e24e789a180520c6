"""One order's whole journey, by hand: from the shop to the bank, on a phone and at a desk."""

import csv
import io
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.services.stages import run_due
from apps.orders.models import Order
from apps.payouts.models import PayoutBatch, Withdrawal
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import PASSWORD

CARD = "6225880123456789012"


def run_stages(merchant) -> None:
    """What the scheduler does every minute."""
    with scope(merchant=merchant):
        run_due(merchant=merchant)


@pytest.mark.parametrize(
    "language, viewport", [("zh-hans", PHONE), ("en", DESKTOP)], ids=["phone", "desktop"]
)
def test_from_the_shop_to_the_bank(house, visit, time_machine, language, viewport):
    start = timezone.now()
    time_machine.move_to(start)
    order = buy(visit(language=language, viewport=viewport), house)
    deliver(visit(language=language, viewport=DESKTOP), house, order)
    run_stages(house.merchant)
    time_machine.move_to(start + timedelta(days=8))
    run_stages(house.merchant)

    seller = visit(language=language, viewport=viewport)
    withdraw(seller, house, order)
    pay_out(visit, language, house)
    see_it_paid(seller)

    report = StringIO()
    call_command("reconcile", stdout=report)
    assert report.getvalue() == ""


def buy(customer, house) -> Order:
    """Three packets of ¥88.80 in the seller's shop."""
    customer.open(reverse("shop:home", args=[house.seller.shop_code]))
    customer.sees("云岭茶业", customer.text("Recommended by %(name)s", name="王芳"))
    customer.page.get_by_role("link", name="宫廷熟普").click()
    customer.sees("¥88.80", "小青柑的老搭档。")
    customer.fill(quantity="3")
    customer.press("Buy now")
    customer.sees("T-001 · ¥88.80 × 3", "¥266.40")
    customer.choose(province="330000", city="330100", district="330106")
    customer.fill(
        recipient_name="林小姐", recipient_phone="13700000001", address="文三路 100 号",
        note="请用礼盒",
    )  # fmt: skip
    customer.press("Place the order")
    customer.sees(customer.text("Thank you: please pay now"), "¥266.40", "6222 0200 0000 0000")
    with scope(merchant=house.merchant):
        order = Order.objects.get()
    assert customer.path == reverse("shop:order", args=[house.seller.shop_code, order.order_no])
    customer.sees(order.order_no, "林小姐 137****0001", "请用礼盒")
    return order


def deliver(operator, house, order) -> None:
    """Sign in on the real page; then payment, shipping, completion."""
    operator.open("/")
    operator.fill(login=str(house.operator.phone)[3:], password=PASSWORD)
    operator.press("Sign in")
    assert operator.path == "/console/"
    operator.open(reverse("admin:orders_order_changelist"))
    operator.sees("¥266.40")
    operator.page.get_by_role("link", name=order.order_no).click()
    operator.sees("¥266.40", "D0002")
    for step, button in [
        ("Confirm payment", "The money has arrived"),
        ("Ship order", "Mark as shipped"),
        ("Complete order", "Mark as completed"),
    ]:
        operator.follow(step)
        if step == "Ship order":
            operator.fill(tracking_number="SF1234567890")
        operator.press(button)
        assert operator.path == reverse("console:order", args=[order.pk])
    operator.sees(operator.text("The order is completed."))
    run_stages(house.merchant)
    operator.page.reload()
    # 12 % and 5 % of ¥266.40: 31.968 and 13.32, rounded half up.
    rows = operator.page.locator(".c-table tbody tr")
    assert [operator.cells(row)[2:4] for row in rows.all()[:2]] == [
        ["¥266.40 × 12%", "¥31.97"],
        ["¥266.40 × 5%", "¥13.32"],
    ]


def withdraw(seller, house, order) -> None:
    """See what it earned and why; name an account; take everything out."""
    seller.open("/")
    seller.fill(login="13811110002", password=PASSWORD)
    seller.press("Sign in")
    assert (seller.path, seller.shown(".hero .figure")) == ("/me/", "¥31.97")
    seller.page.locator(".tile").filter(has_text=seller.text("Orders")).click()
    seller.page.get_by_role("link", name=order.order_no).click()
    direct = seller.text("Direct")
    seller.sees("¥266.40", f"{direct} · ¥266.40 × 12%", "+¥31.97", seller.text("Released"))
    seller.open(reverse("portal:withdraw"))
    seller.follow("Add a payout account")
    seller.page.locator('[name="method"][value="bank"]').check()
    seller.fill(holder_name="王芳", bank_name="招商银行", number=CARD)
    seller.press("Save")
    assert seller.page.locator('[name="amount"]').input_value() == "31.97"
    seller.press("Withdraw")
    assert seller.path == reverse("portal:withdrawals")
    seller.sees(seller.text("Requested. The merchant will review it."), "¥31.97", "9012")
    assert facts(seller) == ["¥0.00", "¥31.97", "¥0.00"]


def pay_out(visit, language, house) -> None:
    """Finance approves and makes the batch, the owner approves it, finance pays it."""
    finance = visit(user=house.finance, viewport=DESKTOP, language=language)
    with scope(merchant=house.merchant):
        withdrawal = Withdrawal.objects.get()
    finance.open(reverse("console:withdrawal", args=[withdrawal.pk]))
    finance.sees("¥31.97", "D0002", "王芳", "9012")
    finance.follow("Approve")
    finance.press("Approve")
    finance.follow("Make a payout batch")
    finance.press("Make batch")
    with scope(merchant=house.merchant):
        batch = PayoutBatch.objects.get()
        payout = batch.payouts.get()
    page = reverse("console:batch", args=[batch.pk])

    owner = visit(user=house.owner, viewport=DESKTOP, language=language)
    owner.open(page)
    owner.follow("Approve batch")
    owner.press("Approve batch")
    owner.sees(owner.text("Batch approved."))

    finance.open(page)
    with finance.page.expect_download() as download:
        finance.page.get_by_role("button", name=finance.text("Download bank file")).click()
    assert bank_file(download.value) == [
        ["序号", "收款人", "收款账号", "开户行", "金额", "流水号"],
        ["1", "王芳", f"\t{CARD}", "招商银行", "31.97", str(payout)],
    ]
    finance.follow("Paid")
    finance.press("Mark as paid")
    finance.sees(finance.text("Line marked as paid."))


def see_it_paid(seller) -> None:
    seller.open(reverse("portal:withdrawals"))
    assert facts(seller) == ["¥0.00", "¥0.00", "¥31.97"]
    state = seller.shown(".cells .cell-value").lower()
    assert state == f"¥31.97 {seller.text('paid out')}"
    seller.open(reverse("portal:earnings"))
    assert facts(seller) == ["¥0.00", "¥0.00", "¥31.97"]


def facts(window) -> list[str]:
    """The three figures on top of a page of money."""
    return window.page.locator(".facts").first.locator("dd").all_inner_texts()


def bank_file(download) -> list[list[str]]:
    with open(download.path(), encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(io.StringIO(file.read(), newline="")))
