"""An unpaid order does not end by itself while a provider may be taking its money."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.commissions.services.stages import run_due
from apps.orders.services.customers import claim_payment
from apps.orders.services.delivery import save_shop_settings
from apps.payments.models import Payment, PaymentFlag, PaymentRefund
from apps.payments.services.notices import take_notice
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.settings import save_payment_settings
from apps.payments.services.sweeping import sweep_payments
from apps.products.models import Sku
from tests.payments.peer.alipay import beijing

pytestmark = pytest.mark.django_db


@pytest.fixture
def wait(time_machine):
    """Let so many minutes pass since the test began."""
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    return lambda minutes: time_machine.move_to(start + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def stands(merchant, order):
    """What the sweeps of this minute leave: the order, its attempts, and what is on the shelf."""

    def look() -> tuple[str, list[str], int]:
        sweep_payments()
        run_due(merchant=merchant)
        order.refresh_from_db()
        attempts = Payment.objects.order_by("pk").values_list("status", flat=True)
        return order.status, list(attempts), Sku.objects.get().stock

    return look


def test_what_was_paid_and_not_told_of_is_found_before_the_order_ends(
    payment, peer, wait, stands, merchant
):
    wait(29)
    peer.wechat.pay(payment.number)
    wait(31)

    # The stages come first, and find the payment that is under way.
    assert "cancelled" not in run_due(merchant=merchant)
    assert stands() == ("paid", ["paid"], 8)
    assert not PaymentFlag.objects.exists()


@pytest.mark.parametrize("way", ["native", "wap"])
def test_what_is_not_paid_is_closed_at_the_provider_and_then_cancelled(
    order, begin, peer, wait, stands, way, merchant
):
    save_payment_settings(merchant=merchant, actor=None, minutes_to_pay=1440)
    payment = begin(order, way)
    wait(29)
    assert stands() == ("pending", ["pending"], 8)

    wait(30)

    assert stands() == ("cancelled", ["closed"], 10)
    trade = (peer.wechat if way == "native" else peer.alipay).trades[payment.number]
    assert trade.get("trade_state", trade.get("trade_status")) in ("CLOSED", "TRADE_CLOSED")


def test_money_that_comes_between_asking_and_closing_is_found(payment, peer, wait, stands):
    wait(30)
    answer = peer.wechat.answer

    def answer_and_pay(method, path, headers, body):
        replied = answer(method, path, headers, body)
        if peer.wechat.trades[payment.number]["trade_state"] == "NOTPAY":
            peer.wechat.pay(payment.number)
        return replied

    peer.wechat.answer = answer_and_pay
    try:
        assert stands() == ("paid", ["paid"], 8)
    finally:
        del peer.wechat.answer


def test_a_provider_that_does_not_answer_is_waited_for_two_hours(payment, peer, wait, stands):
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    for minutes in (30, 60, 149):
        wait(minutes)
        assert stands() == ("pending", ["pending"], 8)

    # The attempt was to end with the order, after half an hour: two hours more.
    wait(150)
    assert stands() == ("cancelled", ["pending"], 10)

    peer.wechat.trouble = None
    wait(161)
    assert stands() == ("cancelled", ["closed"], 10)


def test_money_that_is_found_after_that_goes_back(payment, peer, wait, stands):
    peer.wechat.pay(payment.number)
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    wait(150)
    assert stands() == ("cancelled", ["pending"], 10)

    peer.wechat.trouble = None
    wait(161)
    assert stands() == ("cancelled", ["paid"], 10)
    back = PaymentRefund.objects.get()
    assert (back.flag.kind, back.amount, back.status) == ("late", payment.amount, "done")


def test_a_provider_without_credentials_holds_nothing_up_for_longer(
    payment, wait, stands, settings
):
    settings.WECHAT_PAY = {}
    wait(149)
    assert stands() == ("pending", ["pending"], 8)
    wait(150)
    assert stands() == ("cancelled", ["pending"], 10)


def test_two_attempts_must_both_be_decided(order, begin, peer, wait, stands):
    begin(order)
    other = begin(order, "wap")
    peer.alipay.trouble = ("20000", "isp.unknow-error")
    wait(30)
    assert stands() == ("pending", ["closed", "pending"], 8)

    peer.alipay.trouble = None
    peer.alipay.pay(other.number)
    wait(32)
    assert stands() == ("paid", ["closed", "paid"], 8)


def test_an_alipay_address_that_may_still_be_opened_is_waited_for(order, begin, peer, wait, stands):
    begin(order, "page")
    peer.alipay.trades.clear()
    wait(29)
    assert stands() == ("pending", ["pending"], 8)
    # Its address was void from the order's end on.
    wait(30)
    assert stands() == ("cancelled", ["closed"], 10)


def test_whoever_begins_at_the_last_moment_has_five_minutes(order, begin, peer, wait, stands):
    wait(29)
    payment = begin(order)
    assert payment.expires_at - payment.created_at == timedelta(minutes=5)
    wait(33)
    assert stands() == ("pending", ["pending"], 8)
    # The attempt goes on, however little is left of it: there will be no other.
    assert begin(order) == payment

    wait(34)
    assert stands() == ("cancelled", ["closed"], 10)


def test_nobody_begins_again_and_again_to_keep_the_goods(order, begin, peer, wait, stands):
    wait(29)
    begin(order)
    wait(33)
    with pytest.raises(PaymentRefused, match="order again"):
        begin(order, "wap")
    assert Payment.objects.count() == 1


def test_an_attempt_ends_with_its_order_and_not_later(order, begin, wait):
    wait(10)
    payment = begin(order)
    assert payment.expires_at == order.placed_at + timedelta(minutes=30)


def test_an_order_that_never_ends_gives_an_attempt_its_whole_time(order, begin, merchant):
    save_shop_settings(merchant=merchant, unpaid_minutes=None)
    payment = begin(order)
    assert payment.expires_at - payment.created_at == timedelta(minutes=30)


def test_an_order_that_somebody_looks_at_does_not_end(payment, order, wait, stands):
    claim_payment(order=order)
    wait(200)
    assert stands() == ("pending", ["closed"], 8)


def test_an_earlier_attempt_is_asked_about_before_another_takes_its_place(
    order, begin, peer, wait, merchant
):
    save_shop_settings(merchant=merchant, unpaid_minutes=60)
    first = begin(order)
    wait(29)
    peer.wechat.pay(first.number)
    wait(31)

    with pytest.raises(PaymentRefused, match="waits for no payment"):
        begin(order)

    order.refresh_from_db()
    assert (order.status, Payment.objects.get().status) == ("paid", "paid")


def test_without_an_answer_about_it_there_is_no_other(order, begin, peer, wait, merchant):
    save_shop_settings(merchant=merchant, unpaid_minutes=60)
    first = begin(order)
    wait(31)
    peer.wechat.trouble = (500, "SYSTEM_ERROR")

    with pytest.raises(PaymentRefused, match="does not answer"):
        begin(order)

    assert Payment.objects.get() == first
    # Whoever does answer takes the money.
    assert begin(order, "wap").status == "pending"


def test_a_notice_that_comes_before_the_sweep_pays_the_order(order, begin, peer, wait, stands):
    payment = begin(order, "wap")
    wait(30)
    peer.alipay.pay(payment.number, send_pay_date=beijing())
    body = peer.alipay.notice(payment.number)
    assert take_notice(provider="alipay", headers={}, body=body.encode()) == "accepted"
    assert stands() == ("paid", ["paid"], 8)
