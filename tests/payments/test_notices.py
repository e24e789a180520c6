"""What providers tell, and what others pretend: good news counts once, lies change nothing."""

import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.orders.models import Order
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.payments.models import Payment, PaymentFlag, PaymentNotice, PaymentRefund
from apps.payments.services import notices
from apps.payments.services.notices import take_notice
from apps.payments.services.sweeping import sweep_payments
from apps.products.models import Sku
from tests.payments.books import books
from tests.payments.peer.alipay import beijing

pytestmark = pytest.mark.django_db


def wechat(message) -> str:
    headers, body = message
    return take_notice(provider="wechat", headers=headers, body=body.encode())


def alipay(body: str) -> str:
    return take_notice(provider="alipay", headers={}, body=body.encode())


def only_entry() -> tuple[str, str, int | None]:
    entry = PaymentNotice.objects.with_scopes_disabled().get()
    return entry.verdict, entry.reason, entry.merchant_id


def test_wechats_word_confirms_the_order(payment, peer, order):
    trade = peer.wechat.pay(payment.number)

    assert wechat(peer.wechat.paid_notice(payment.number)) == "accepted"

    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.status, payment.is_applied) == ("paid", True)
    assert payment.transaction_id == trade["transaction_id"]
    assert (order.status, order.paid_at, order.payment_confirmed_by) == (
        "paid",
        payment.paid_at,
        None,
    )
    assert only_entry() == ("accepted", "", payment.merchant_id)


def test_alipays_word_confirms_the_order(begin, peer, order):
    payment = begin(order, "wap")
    trade = peer.alipay.pay(payment.number)

    assert alipay(peer.alipay.notice(payment.number)) == "accepted"

    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.status, payment.transaction_id) == ("paid", trade["trade_no"])
    assert (order.status, order.paid_at) == ("paid", payment.paid_at)


def test_the_same_word_again_changes_nothing(payment, peer):
    peer.wechat.pay(payment.number)
    message = peer.wechat.paid_notice(payment.number)
    wechat(message)
    before = books()

    # The very same bytes, the same event sent again, and another event about the same money.
    event = PaymentNotice.objects.get().event_id
    assert wechat(message) == "repeated"
    assert wechat(peer.wechat.paid_notice(payment.number, event_id=event)) == "repeated"
    assert wechat(peer.wechat.paid_notice(payment.number)) == "repeated"

    assert books() == before
    assert Counter(PaymentNotice.objects.values_list("verdict", flat=True)) == {
        "accepted": 1,
        "repeated": 3,
    }


def lie_bad_signature(peer, number):
    return peer.wechat.paid_notice(number, signer=peer.keys.stranger)


def lie_unknown_key(peer, number):
    return peer.wechat.paid_notice(number, serial="PUB_KEY_ID_0000")


def lie_stale(peer, number):
    return peer.wechat.paid_notice(number, timestamp=int(time.time()) - 301)


def lie_ahead(peer, number):
    return peer.wechat.paid_notice(number, timestamp=int(time.time()) + 301)


def lie_other_merchant(peer, number):
    return peer.wechat.paid_notice(number, bent={"mchid": "1900000999"})


def lie_other_app(peer, number):
    return peer.wechat.paid_notice(number, bent={"appid": "wx9999999999999999"})


def lie_new_timestamp(peer, number):
    """A recorded message whose header was made young again."""
    headers, body = peer.wechat.paid_notice(number, timestamp=int(time.time()) - 3600)
    return headers | {"Wechatpay-Timestamp": str(int(time.time()))}, body


def lie_other_body(peer, number):
    """A good nonce and signature under another body."""
    headers, _body = peer.wechat.paid_notice(number)
    return headers, peer.wechat.paid_notice(number)[1]


def lie_no_headers(peer, number):
    return {}, peer.wechat.paid_notice(number)[1]


def lie_other_currency(peer, number):
    return peer.wechat.paid_notice(number, bent={"amount": {"total": 8880, "currency": "USD"}})


WECHAT_LIES = {
    lie_bad_signature: "signature",
    lie_unknown_key: "signature",
    lie_stale: "stale",
    lie_ahead: "stale",
    lie_other_merchant: "merchant",
    lie_other_app: "merchant",
    lie_new_timestamp: "signature",
    lie_other_body: "signature",
    lie_no_headers: "signature",
    lie_other_currency: "form",
}


@pytest.mark.parametrize(("lie", "reason"), WECHAT_LIES.items())
def test_a_lie_in_wechats_name_leaves_an_entry_and_nothing_else(payment, peer, lie, reason):
    peer.wechat.pay(payment.number)
    asked = list(peer.wechat.asked)
    before = books()

    assert wechat(lie(peer, payment.number)) == "refused"

    assert books() == before
    assert only_entry() == ("refused", reason, payment.merchant_id)
    # Nor does it make the site ask anybody anything.
    assert peer.wechat.asked == asked
    # And it takes nothing away from the truth that follows.
    assert wechat(peer.wechat.paid_notice(payment.number)) == "accepted"


ALIPAY_LIES = {
    "signature": {"signer": "stranger"},
    "stale": {"notify_time": beijing(timedelta(hours=27))},
    "merchant": {"app_id": "2021000000009999"},
    "form": {"notify_id": None},
}


@pytest.mark.parametrize(("reason", "bent"), ALIPAY_LIES.items())
def test_a_lie_in_alipays_name_leaves_an_entry_and_nothing_else(begin, order, peer, reason, bent):
    payment = begin(order, "wap")
    peer.alipay.pay(payment.number)
    bent = dict(bent)
    if "signer" in bent:
        bent["signer"] = peer.keys.stranger
    before = books()

    assert alipay(peer.alipay.notice(payment.number, **bent)) == "refused"

    assert books() == before
    assert only_entry() == ("refused", reason, payment.merchant_id)


def test_another_seller_and_a_name_given_twice_are_refused(begin, order, peer):
    payment = begin(order, "wap")
    peer.alipay.pay(payment.number)
    before = books()

    assert alipay(peer.alipay.notice(payment.number, seller_id="2088000000009999")) == "refused"
    assert alipay(peer.alipay.notice(payment.number) + "&total_amount=0.01") == "refused"
    assert alipay("nonsense") == "refused"

    assert books() == before
    reasons = PaymentNotice.objects.with_scopes_disabled().order_by("pk")
    assert list(reasons.values_list("reason", flat=True)) == ["merchant", "form", "form"]


@pytest.mark.parametrize("total", [1, 8881])
def test_a_wrong_amount_is_flagged_and_pays_nothing(payment, peer, order, total):
    peer.wechat.pay(payment.number)
    before = books()
    bent = {"amount": {"total": total, "currency": "CNY"}}

    assert wechat(peer.wechat.paid_notice(payment.number, bent=bent)) == "flagged"

    assert books() == before
    assert only_entry() == ("flagged", "amount", payment.merchant_id)
    flag = PaymentFlag.objects.get()
    assert (flag.kind, flag.amount, flag.payment) == ("amount", Decimal(total) / 100, payment)
    # Told again it is the same flag; the truth still counts.
    assert wechat(peer.wechat.paid_notice(payment.number, bent=bent)) == "flagged"
    assert PaymentFlag.objects.count() == 1
    assert wechat(peer.wechat.paid_notice(payment.number)) == "accepted"


def test_money_for_an_unknown_number_is_flagged_for_the_platform(payment, peer):
    peer.wechat.pay(payment.number)
    before = books()

    verdict = wechat(peer.wechat.paid_notice(payment.number, bent={"out_trade_no": "P404"}))

    assert (verdict, books()) == ("flagged", before)
    assert only_entry() == ("flagged", "unknown", None)
    flag = PaymentFlag.objects.with_scopes_disabled().get()
    assert (flag.merchant_id, flag.number, flag.amount) == (None, "P404", Decimal("88.80"))
    entry = PaymentNotice.objects.with_scopes_disabled().get()
    again = peer.wechat.paid_notice(
        payment.number, bent={"out_trade_no": "P404"}, event_id=entry.event_id
    )
    assert wechat(again) == "repeated"
    # A merchant sees nothing of it.
    assert not PaymentFlag.objects.exists()
    assert not PaymentNotice.objects.exists()


def test_a_number_of_another_payment_is_flagged(place, begin, peer):
    first, second = begin(place()), begin(place())
    trade = peer.wechat.pay(first.number)
    wechat(peer.wechat.paid_notice(first.number))
    before = books()
    peer.wechat.pay(second.number)

    bent = {"transaction_id": trade["transaction_id"]}
    assert wechat(peer.wechat.paid_notice(second.number, bent=bent)) == "flagged"

    assert books() == before
    assert PaymentFlag.objects.get().kind == "taken"


def test_a_notice_that_comes_late_counts_from_when_it_was_paid(payment, peer, order):
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=3))
    paid_at = (timezone.now() - timedelta(hours=2)).replace(microsecond=0)
    peer.wechat.pay(payment.number, success_time=paid_at.isoformat())

    assert wechat(peer.wechat.paid_notice(payment.number)) == "accepted"
    order.refresh_from_db()
    assert order.paid_at == paid_at


def test_a_time_ahead_or_before_the_attempt_is_not_believed(place, begin, peer):
    for hours in (-3, 3):
        payment = begin(place())
        when = timezone.now() + timedelta(hours=hours)
        peer.wechat.pay(payment.number, success_time=when.isoformat())
        wechat(peer.wechat.paid_notice(payment.number))
        payment.refresh_from_db()
        assert payment.created_at <= payment.paid_at <= timezone.now()


def test_a_payment_of_a_cancelled_order_is_flagged_and_given_back(payment, peer, order, sku):
    cancel_order(order=order, actor=None)
    peer.wechat.pay(payment.number)

    assert wechat(peer.wechat.paid_notice(payment.number)) == "flagged"

    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.status, payment.is_applied, order.status) == ("paid", False, "cancelled")
    assert Sku.objects.get(pk=sku.pk).stock == 10
    flag = PaymentFlag.objects.get()
    assert (flag.kind, flag.amount, flag.is_open) == ("late", Decimal("88.80"), True)

    sweep_payments()

    refund, flag = PaymentRefund.objects.get(), PaymentFlag.objects.get()
    assert (refund.status, refund.amount, flag.resolution) == ("done", Decimal("88.80"), "returned")
    assert peer.wechat.refunds[refund.number]["amount"] == {
        "refund": 8880,
        "total": 8880,
        "currency": "CNY",
    }
    assert Payment.objects.get().returned_amount == Decimal("88.80")


def test_a_second_payment_of_one_order_is_given_back(begin, peer, order):
    first, second = begin(order), begin(order, "wap")
    peer.wechat.pay(first.number)
    peer.alipay.pay(second.number)
    wechat(peer.wechat.paid_notice(first.number))

    assert alipay(peer.alipay.notice(second.number)) == "flagged"
    sweep_payments()

    assert PaymentFlag.objects.get().kind == "double"
    assert PaymentRefund.objects.get().payment == second
    assert [each["refund_amount"] for each in peer.alipay.refunds.values()] == ["88.80"]
    assert not peer.wechat.refunds
    order.refresh_from_db()
    assert order.status == "paid"


def test_money_for_an_order_confirmed_by_hand_waits_for_somebody(payment, peer, order):
    """It may be the very money for which it was confirmed."""
    confirm_payment(order=order, actor=None)
    peer.wechat.pay(payment.number)

    assert wechat(peer.wechat.paid_notice(payment.number)) == "flagged"
    sweep_payments()

    assert (PaymentFlag.objects.get().kind, PaymentFlag.objects.get().is_open) == ("double", True)
    assert not peer.wechat.refunds


def test_a_refund_told_of_before_the_payment_confirms_nothing(payment, peer, order):
    peer.wechat.pay(payment.number)

    assert wechat(peer.wechat.refund_notice(payment.number, "ELSEWHERE")) == "flagged"
    assert PaymentFlag.objects.get().kind == "outside"
    order.refresh_from_db()
    assert order.status == "pending"

    assert wechat(peer.wechat.paid_notice(payment.number)) == "flagged"
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status, payment.is_applied) == ("pending", "paid", False)


def test_news_of_no_consequence_are_kept_and_change_nothing(begin, order, peer):
    payment = begin(order, "wap")
    before = books()

    body = peer.alipay.notice(payment.number)
    assert alipay(body) == "ignored"

    assert books() == before
    assert only_entry() == ("ignored", "", payment.merchant_id)
    # An event is known by its name, whatever it was about.
    assert alipay(body) == "repeated"


def test_garbage_is_written_down_so_often_and_then_only_logged(peer, monkeypatch):
    monkeypatch.setattr(notices, "MOST_WORTHLESS_AN_HOUR", 3)
    for number in range(5):
        take_notice(provider="wechat", headers={}, body=b"\x00\xff%d" % number)
    assert PaymentNotice.objects.with_scopes_disabled().count() == 3


def test_notices_and_what_was_paid_are_never_rewritten(payment, peer):
    peer.wechat.pay(payment.number)
    wechat(peer.wechat.paid_notice(payment.number))

    for change in (
        lambda: PaymentNotice.objects.update(verdict="ignored"),
        lambda: Payment.objects.update(status="pending", is_applied=False),
        lambda: Payment.objects.update(amount=Decimal("1.00")),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert Order.objects.get().status == "paid"
