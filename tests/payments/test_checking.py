"""Nobody told: the sweep asks, settles, and closes what will not be paid."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.orders.services.progress import cancel_order
from apps.payments.models import Payment, PaymentFlag
from apps.payments.services.checking import check_payment
from apps.payments.services.sweeping import sweep_payments

pytestmark = pytest.mark.django_db


def let_time_pass(**delta) -> None:
    """Everything that waits is due, and attempts end so much earlier."""
    now = timezone.now()
    Payment.objects.filter(status="pending").update(
        next_check_at=now - timedelta(seconds=1), checked_at=None
    )
    if delta:
        for each in Payment.objects.filter(status="pending"):
            Payment.objects.filter(pk=each.pk).update(
                expires_at=each.expires_at - timedelta(**delta)
            )


def status(payment) -> str:
    payment.refresh_from_db()
    return payment.status


@pytest.mark.parametrize("way", ["native", "wap"])
def test_a_payment_nobody_told_of_is_found(order, begin, peer, way):
    payment = begin(order, way)
    let_time_pass()
    sweep_payments()
    assert status(payment) == "pending"

    (peer.wechat if way == "native" else peer.alipay).pay(payment.number)
    let_time_pass()
    sweep_payments()

    order.refresh_from_db()
    assert (status(payment), order.status) == ("paid", "paid")


def test_nothing_is_asked_before_its_time(payment, peer):
    asked = len(peer.wechat.asked)
    sweep_payments()
    assert len(peer.wechat.asked) == asked


def test_somebody_who_waits_has_the_provider_asked_now_and_then(payment, peer):
    asked = len(peer.wechat.asked)
    for _each in range(5):
        check_payment(payment=payment)
    assert len(peer.wechat.asked) == asked + 1


@pytest.mark.parametrize("way", ["native", "wap"])
def test_an_attempt_that_is_over_is_closed_there_and_here(order, begin, peer, way):
    payment = begin(order, way)
    let_time_pass(minutes=31)
    sweep_payments()

    chosen = peer.wechat if way == "native" else peer.alipay
    assert status(payment) == "closed"
    closed = {"native": "CLOSED", "wap": "TRADE_CLOSED"}[way]
    trade = chosen.trades[payment.number]
    assert trade.get("trade_state", trade.get("trade_status")) == closed


def test_an_alipay_address_that_was_never_opened_waits_until_it_is_void(order, begin, peer):
    payment = begin(order, "page")
    peer.alipay.trades.clear()
    cancel_order(order=order, actor=None)
    let_time_pass()
    sweep_payments()
    assert status(payment) == "pending"

    let_time_pass(minutes=31)
    sweep_payments()
    assert status(payment) == "closed"


def test_a_cancelled_order_has_its_attempts_closed_at_once(payment, peer, order):
    cancel_order(order=order, actor=None)
    sweep_payments()
    assert status(payment) == "closed"
    assert peer.wechat.trades[payment.number]["trade_state"] == "CLOSED"


def test_money_that_came_just_before_the_closing_is_flagged(payment, peer, order):
    cancel_order(order=order, actor=None)
    peer.wechat.pay(payment.number)
    sweep_payments()

    payment.refresh_from_db()
    assert (payment.status, payment.is_applied) == ("paid", False)
    assert PaymentFlag.objects.get().kind == "late"


def test_a_wrong_amount_ends_the_attempt_and_is_kept(payment, peer, order):
    peer.wechat.pay(payment.number, amount={"total": 1, "currency": "CNY"})
    let_time_pass()
    sweep_payments()

    order.refresh_from_db()
    flag = PaymentFlag.objects.get()
    assert (status(payment), order.status) == ("failed", "pending")
    assert (flag.kind, flag.amount) == ("amount", Decimal("0.01"))


def test_a_provider_in_trouble_is_asked_later(payment, peer):
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    let_time_pass()
    sweep_payments()

    payment.refresh_from_db()
    assert (payment.status, payment.checks) == ("pending", 1)
    assert payment.next_check_at > timezone.now()


def test_an_answer_about_another_trade_is_not_believed(payment, peer):
    peer.wechat.pay(payment.number, out_trade_no="OTHER")
    let_time_pass()
    sweep_payments()
    assert status(payment) == "pending"
