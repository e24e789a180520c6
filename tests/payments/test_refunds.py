"""Money goes back through the provider: pulled from the order's refunds, sent until it is there."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.orders.services.closing import close_order
from apps.orders.services.progress import confirm_payment
from apps.orders.services.refunds import record_refund, undo_refund
from apps.payments.models import Payment, PaymentFlag, PaymentRefund
from apps.payments.services import refunds
from apps.payments.services.flags import give_back, note_flag
from apps.payments.services.notices import take_notice
from apps.payments.services.refunds import pull_refund, refunds_to_pull, retry_refund
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.sweeping import sweep_payments
from apps.payments.tasks import sweep_all_payments

pytestmark = pytest.mark.django_db
YUAN = Decimal("1.00")


@pytest.fixture
def paid(payment, peer):
    peer.wechat.pay(payment.number)
    headers, body = peer.wechat.paid_notice(payment.number)
    assert take_notice(provider="wechat", headers=headers, body=body.encode()) == "accepted"
    payment.refresh_from_db()
    return payment


def due() -> None:
    PaymentRefund.objects.filter(status="pending").update(
        next_attempt_at=timezone.now() - timedelta(seconds=1)
    )


def pull_refunds() -> int:
    return sum(pull_refund(refund=each) for each in refunds_to_pull())


def give(order, amount="10.00"):
    return record_refund(order_line=order.lines.get(), amount=Decimal(amount))


def test_a_refund_of_an_order_paid_online_goes_back_the_same_way(paid, peer, order):
    refund = give(order)
    sweep_payments()

    row = PaymentRefund.objects.get()
    assert (row.order_refund, row.amount, row.status) == (refund, Decimal("10.00"), "done")
    assert peer.wechat.refunds[row.number]["amount"]["refund"] == 1000
    paid.refresh_from_db()
    assert paid.returned_amount == Decimal("10.00")

    sweep_payments()
    assert PaymentRefund.objects.count() == len(peer.wechat.refunds) == 1


def test_alipay_gives_back_once_however_often_it_is_asked(order, begin, peer):
    payment = begin(order, "wap")
    peer.alipay.pay(payment.number)
    body = peer.alipay.notice(payment.number)
    take_notice(provider="alipay", headers={}, body=body.encode())
    give(order)
    pull_refunds()
    number = PaymentRefund.objects.get().number
    # Sent once before, by a worker that died before it could write the answer down.
    peer.alipay.refunds[number] = {"out_request_no": number, "refund_amount": "10.00"}

    sweep_payments()

    assert PaymentRefund.objects.get().status == "done"
    assert list(peer.alipay.refunds) == [number]


def test_a_cancelled_order_gives_back_every_line(paid, peer, order):
    close_order(order=order, actor=None)
    sweep_payments()
    assert [each["amount"]["refund"] for each in peer.wechat.refunds.values()] == [8880]
    assert PaymentRefund.objects.get().status == "done"


def test_an_order_confirmed_by_hand_has_nothing_pulled(order):
    confirm_payment(order=order, actor=None)
    give(order)
    assert pull_refunds() == 0


def test_a_refund_undone_before_it_went_out_is_called_off(paid, peer, order):
    refund = give(order)
    pull_refunds()
    undo_refund(refund=refund)
    other = give(order, "5.00")
    undo_refund(refund=other)

    sweep_payments()

    assert PaymentRefund.objects.get().status == "cancelled"
    assert not peer.wechat.refunds
    paid.refresh_from_db()
    assert paid.returned_amount == 0


def test_trouble_is_tried_again_later(paid, peer, order):
    peer.wechat.trouble = (403, "NOT_ENOUGH")
    give(order)
    sweep_payments()
    row = PaymentRefund.objects.get()
    assert (row.status, row.attempts) == ("pending", 1)
    assert row.last_error.startswith("NOT_ENOUGH")
    assert timezone.now() < row.next_attempt_at < timezone.now() + timedelta(minutes=2)

    peer.wechat.trouble = None
    sweep_payments()
    assert not peer.wechat.refunds
    due()
    sweep_payments()
    assert PaymentRefund.objects.get().status == "done"


def test_what_was_under_way_is_asked_about_until_it_is_done(paid, peer, order):
    peer.wechat.refund_status = "PROCESSING"
    give(order)
    sweep_payments()
    assert PaymentRefund.objects.get().status == "pending"

    number = PaymentRefund.objects.get().number
    headers, body = peer.wechat.refund_notice(paid.number, number)
    assert take_notice(provider="wechat", headers=headers, body=body.encode()) == "accepted"
    assert PaymentRefund.objects.get().status == "done"


def test_a_final_refusal_is_flagged_and_can_be_tried_again(paid, peer, order):
    peer.wechat.refund_status = "ABNORMAL"
    give(order)
    sweep_payments()

    row, flag = PaymentRefund.objects.get(), PaymentFlag.objects.get()
    paid.refresh_from_db()
    assert (row.status, flag.kind, flag.amount) == ("failed", "failed", Decimal("10.00"))
    assert paid.returned_amount == 0

    peer.wechat.refund_status = "SUCCESS"
    retry_refund(refund=row, actor=None)
    sweep_payments()

    paid.refresh_from_db()
    assert PaymentRefund.objects.get().status == "done"
    assert paid.returned_amount == Decimal("10.00")
    with pytest.raises(PaymentRefused, match="failed"):
        retry_refund(refund=row, actor=None)


def test_after_many_attempts_somebody_must_look(paid, peer, order, monkeypatch):
    monkeypatch.setattr(refunds, "MOST_ATTEMPTS", 2)
    peer.wechat.trouble = (500, "SYSTEM_ERROR")
    give(order)
    for _each in range(3):
        sweep_payments()
        due()
    assert PaymentRefund.objects.get().status == "failed"
    assert PaymentFlag.objects.get().kind == "failed"


def test_a_wrong_amount_is_given_back_when_somebody_says_so(payment, peer):
    peer.wechat.pay(payment.number, amount={"total": 1, "currency": "CNY"})
    headers, body = peer.wechat.paid_notice(payment.number)
    take_notice(provider="wechat", headers=headers, body=body.encode())
    flag = PaymentFlag.objects.get()

    give_back(flag=flag, actor=None)
    with pytest.raises(PaymentRefused, match="asked for already"):
        give_back(flag=flag, actor=None)
    with pytest.raises(PaymentRefused, match="on its way"):
        note_flag(flag=flag, reason="x", actor=None)
    sweep_payments()

    assert [each["amount"]["refund"] for each in peer.wechat.refunds.values()] == [1]
    flag.refresh_from_db()
    assert flag.resolution == "returned"
    assert Payment.objects.get().returned_amount == 0


def test_more_than_is_left_of_the_payment_is_flagged_and_not_sent(paid, peer, order):
    Payment.objects.update(returned_amount=Decimal("80.00"))
    give(order)

    for _each in range(2):
        sweep_payments()

    flag = PaymentFlag.objects.get()
    assert (flag.kind, flag.amount) == ("failed", Decimal("10.00"))
    assert not peer.wechat.refunds
    assert not PaymentRefund.objects.exists()


def test_a_row_in_trouble_is_no_other_rows_trouble(place, begin, peer, settings):
    numbers = []
    for way in ("native", "wap"):
        order = place()
        payment = begin(order, way)
        if way == "native":
            peer.wechat.pay(payment.number)
            headers, body = peer.wechat.paid_notice(payment.number)
            take_notice(provider="wechat", headers=headers, body=body.encode())
        else:
            peer.alipay.pay(payment.number)
            body = peer.alipay.notice(payment.number)
            take_notice(provider="alipay", headers={}, body=body.encode())
        give(order)
        numbers.append(payment.number)
    settings.WECHAT_PAY = settings.WECHAT_PAY | {"private_key": "broken"}

    sweep_payments()

    states = PaymentRefund.objects.order_by("pk").values_list("payment__number", "status")
    assert list(states) == list(zip(numbers, ("pending", "done"), strict=True))


def test_the_command_and_the_task_are_the_sweep(paid, peer, order):
    give(order)
    out = StringIO()
    call_command("sweep_payments", stdout=out)
    assert out.getvalue() == "checked 0, pulled 1, sent 1\n"
    sweep_all_payments()
    assert len(peer.wechat.refunds) == 1
