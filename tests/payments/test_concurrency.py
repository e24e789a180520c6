"""Everything at once, on PostgreSQL: money counts once, and none of it is lost."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest
from django.utils import timezone
from django_scopes import scope

from apps.orders.models import Order
from apps.orders.services.expiring import cancel_unpaid_orders
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.orders.services.refunds import record_refund
from apps.payments.models import Payment, PaymentFlag, PaymentNotice, PaymentRefund, TransferProof
from apps.payments.services.notices import take_notice
from apps.payments.services.proofs import confirm_proof, submit_proof
from apps.payments.services.refunds import pull_refund, refunds_to_pull, send_refund
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.starting import start_payment
from apps.payments.services.sweeping import sweep_payments
from apps.products.models import Sku
from tests.factories import MerchantFactory
from tests.payments.conftest import NOTIFY
from tests.payouts.test_concurrency import at_once, succeeded
from tests.price_control.uploads import picture

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


def telling(message):
    headers, body = message
    return lambda: take_notice(provider="wechat", headers=headers, body=body.encode())


def test_twenty_identical_notices_confirm_once(merchant, payment, peer, order):
    peer.wechat.pay(payment.number)
    message = peer.wechat.paid_notice(payment.number)

    results = at_once(merchant, [telling(message)] * 20)

    assert Counter(results) == {"accepted": 1, "repeated": 19}
    notices = PaymentNotice.objects.values_list("verdict", flat=True)
    assert Counter(notices) == {"accepted": 1, "repeated": 19}
    assert Order.objects.get().status == "paid"
    assert Payment.objects.filter(is_applied=True).count() == 1
    assert not PaymentFlag.objects.exists()


def test_twenty_different_notices_of_one_payment_confirm_once(merchant, payment, peer):
    peer.wechat.pay(payment.number)
    messages = [peer.wechat.paid_notice(payment.number) for _each in range(20)]

    results = at_once(merchant, [telling(each) for each in messages])

    assert Counter(results) == {"accepted": 1, "repeated": 19}


@pytest.mark.parametrize("turn", range(4))
def test_a_notice_and_a_hand_at_once_confirm_once(merchant, payment, peer, order, turn):
    peer.wechat.pay(payment.number)
    calls = [
        telling(peer.wechat.paid_notice(payment.number)),
        lambda: confirm_payment(order=order, actor=None),
    ]
    notice, by_hand = at_once(merchant, calls[:: 1 if turn % 2 else -1])[:: 1 if turn % 2 else -1]

    payment.refresh_from_db()
    assert Order.objects.get().status == "paid"
    assert payment.status == "paid"
    if notice == "accepted":
        assert payment.is_applied
        assert isinstance(by_hand, Exception)
        assert not PaymentFlag.objects.exists()
    else:
        # It came second: kept for somebody, not given back, for it may be what was confirmed.
        assert (notice, payment.is_applied) == ("flagged", False)
        assert PaymentFlag.objects.get().kind == "double"
        assert not PaymentRefund.objects.exists()


@pytest.mark.parametrize("turn", range(6))
def test_a_payment_and_the_cancelling_at_once_lose_nothing(
    merchant, payment, peer, order, sku, turn
):
    peer.wechat.pay(payment.number)
    calls = [
        telling(peer.wechat.paid_notice(payment.number)),
        lambda: cancel_order(order=order, actor=None),
    ]
    notice, cancelled = at_once(merchant, calls[:: 1 if turn % 2 else -1])[:: 1 if turn % 2 else -1]

    payment.refresh_from_db()
    stock = Sku.objects.get(pk=sku.pk).stock
    assert payment.status == "paid"
    if notice == "accepted":
        assert isinstance(cancelled, Exception)
        assert (Order.objects.get().status, stock) == ("paid", 8)
        assert not PaymentFlag.objects.exists()
    else:
        assert notice == "flagged"
        assert (Order.objects.get().status, stock) == ("cancelled", 10)
        assert PaymentFlag.objects.get().kind == "late"
        assert PaymentRefund.objects.get().amount == payment.amount


def test_two_payments_of_one_order_at_once_pay_it_once(merchant, begin, peer, order):
    first, second = begin(order), begin(order, "jsapi", payer="o-1")
    messages = []
    for each in (first, second):
        peer.wechat.pay(each.number)
        messages.append(telling(peer.wechat.paid_notice(each.number)))

    assert Counter(at_once(merchant, messages)) == {"accepted": 1, "flagged": 1}

    stray = Payment.objects.get(is_applied=False)
    assert stray.status == "paid"
    assert PaymentFlag.objects.get().payment == stray
    assert PaymentRefund.objects.get().payment == stray


def test_a_form_pressed_many_times_at_once_is_one_attempt(merchant, order, peer, shop):
    def press():
        return start_payment(order=order, way="native", notify_url=NOTIFY, return_url="x")

    results = at_once(merchant, [press] * 8)

    assert len({each.pk for each in succeeded(results)}) == 1
    assert Payment.objects.count() == len(peer.wechat.trades) == 1


def test_refunds_pulled_and_sent_by_many_workers_go_back_once(merchant, payment, peer, order):
    peer.wechat.pay(payment.number)
    telling(peer.wechat.paid_notice(payment.number))()
    for _each in range(3):
        record_refund(order_line=order.lines.get(), amount=Decimal("10.00"))

    decided = refunds_to_pull()
    calls = [lambda each=each: pull_refund(refund=each) for each in decided * 4]
    assert sum(at_once(merchant, calls)) == 3

    rows = list(PaymentRefund.objects.select_related("payment__order"))
    at_once(merchant, [lambda row=row: send_refund(refund=row) for row in rows * 4])
    assert sum(each["amount"]["refund"] for each in peer.wechat.refunds.values()) == 3000
    payment.refresh_from_db()
    assert str(payment.returned_amount) == "30.00"
    assert set(PaymentRefund.objects.values_list("status", "attempts")) == {("done", 1)}


def test_a_proof_confirmed_by_many_pays_once(merchant, order, shop):
    proof = submit_proof(order=order, files=[picture()], request_key="k")

    results = at_once(merchant, [lambda: confirm_proof(proof=proof, actor=None)] * 8)

    assert len(succeeded(results)) == 1
    assert Payment.objects.get().is_applied
    assert TransferProof.objects.get().status == "approved"


def test_money_and_the_end_of_unpaid_orders_at_once_lose_nothing(
    merchant, place, begin, peer, sku, monkeypatch
):
    """Five customers pay while their orders are ended: each has paid, or could not any more."""
    orders = [place() for _each in range(5)]
    payments = [begin(each) for each in orders]
    half_an_hour_ago = timezone.now() - timedelta(minutes=31)
    Order.objects.update(placed_at=half_an_hour_ago)
    Payment.objects.update(created_at=half_an_hour_ago, next_check_at=half_an_hour_ago)
    # Every other customer pays when their order was asked about, the rest when it was closed.
    moments = {
        each.number: (["GET", "POST"][number % 2], Event()) for number, each in enumerate(payments)
    }
    answer = peer.wechat.answer

    def answer_and_wake(method, path, headers, body):
        replied = answer(method, path, headers, body)
        for number, (awaited, moment) in moments.items():
            if number in path and method == awaited:
                moment.set()
        return replied

    monkeypatch.setattr(peer.wechat, "answer", answer_and_wake)

    def pay_and_tell(payment):
        assert moments[payment.number][1].wait(timeout=30)
        if peer.wechat.try_to_pay(payment.number):
            return telling(peer.wechat.paid_notice(payment.number))()
        return "too late"

    def end_what_is_due():
        sweep_payments()
        return sum(cancel_unpaid_orders(merchant=merchant, as_of=timezone.now()))

    calls = [lambda each=each: pay_and_tell(each) for each in payments]
    results = at_once(merchant, [*calls, end_what_is_due, end_what_is_due])
    assert results.count("too late") >= 2
    end_what_is_due()

    paid = 0
    for order, payment in zip(orders, payments, strict=True):
        order.refresh_from_db()
        payment.refresh_from_db()
        there = peer.wechat.trades[payment.number]["trade_state"]
        assert (order.status, payment.status, payment.is_applied, there) in [
            ("paid", "paid", True, "SUCCESS"),
            ("cancelled", "closed", False, "CLOSED"),
        ]
        paid += order.status == "paid"
    assert paid == 5 - results.count("too late")
    assert Sku.objects.get(pk=sku.pk).stock == 10 - 2 * paid
    assert not PaymentFlag.objects.exists()


@pytest.mark.parametrize("turn", range(4))
def test_a_notice_and_the_end_after_a_long_silence_lose_nothing(
    merchant, payment, peer, order, sku, turn
):
    """Nobody could be asked for two hours; now the notice comes while the order is cancelled."""
    peer.wechat.pay(payment.number)
    long_ago = timezone.now() - timedelta(hours=3)
    Order.objects.update(placed_at=long_ago, payment_awaited_until=long_ago)
    calls = [
        telling(peer.wechat.paid_notice(payment.number)),
        lambda: sum(cancel_unpaid_orders(merchant=merchant, as_of=timezone.now())),
    ]
    notice, cancelled = at_once(merchant, calls[:: 1 if turn % 2 else -1])[:: 1 if turn % 2 else -1]
    # What the notice's transaction held was left out, and is looked at again a minute later.
    cancelled += sum(cancel_unpaid_orders(merchant=merchant, as_of=timezone.now()))

    payment.refresh_from_db()
    status = Order.objects.get().status
    assert payment.status == "paid"
    if notice == "accepted":
        assert (status, payment.is_applied, cancelled) == ("paid", True, 0)
        assert not PaymentFlag.objects.exists()
    else:
        assert (notice, status, cancelled) == ("flagged", "cancelled", 1)
        assert PaymentFlag.objects.get().kind == "late"
        assert PaymentRefund.objects.get().amount == payment.amount


@pytest.mark.parametrize("turn", range(4))
def test_beginning_to_pay_and_the_end_at_once_is_one_of_both(merchant, order, peer, turn):
    """The order ends a moment after its time: whoever began a moment before is waited for."""
    now = timezone.now()
    end = now + timedelta(minutes=30)

    def press():
        return start_payment(order=order, way="native", notify_url=NOTIFY, return_url="x")

    def cancel():
        return sum(cancel_unpaid_orders(merchant=merchant, as_of=end))

    calls = [press, cancel]
    begun, cancelled = at_once(merchant, calls[:: 1 if turn % 2 else -1])[:: 1 if turn % 2 else -1]

    order.refresh_from_db()
    if isinstance(begun, Exception):
        assert isinstance(begun, PaymentRefused)
        assert (order.status, cancelled, peer.wechat.trades) == ("cancelled", 1, {})
    else:
        assert (order.status, cancelled, begun.status) == ("pending", 0, "pending")
