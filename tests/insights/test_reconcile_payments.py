"""Reconciling what came and went through providers: bend one thing, see it named."""

from decimal import Decimal

import pytest

from apps.insights.selectors.check_words import PATTERNS, say_subject
from apps.insights.selectors.reconcile import reconcile
from apps.orders.models import OrderLine, Refund
from apps.orders.services.progress import confirm_payment
from apps.payments.models import Payment, PaymentRefund
from tests.factories import OrderFactory, OrderLineFactory, RefundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(merchant):
    """¥100.00 paid with WeChat Pay, of which ¥10.00 go back."""
    order = OrderFactory(pending=True)
    line = OrderLineFactory(order=order, unit_price=Decimal("100.00"))
    order = confirm_payment(order=order, actor=None)
    payment = Payment.objects.create(
        merchant=merchant, order=order, provider="wechat", way="h5", number="P1",
        amount=Decimal("100.00"), status="paid", transaction_id="1", is_applied=True,
        expires_at=order.paid_at, paid_at=order.paid_at, returned_amount=Decimal("10.00"),
    )  # fmt: skip
    refund = RefundFactory(order_line=line, amount=Decimal("10.00"))
    OrderLine.objects.update(refunded_amount=Decimal("10.00"))
    PaymentRefund.objects.create(
        merchant=merchant, payment=payment, order_refund=refund, number="R1",
        amount=Decimal("10.00"),
    )  # fmt: skip
    assert faults(merchant) == []
    return payment


def faults(merchant) -> list[tuple[str, str]]:
    found = [
        each for each in reconcile(merchant=merchant) if each.check == "online_money_equals_orders"
    ]
    for each in found:
        assert any(pattern.fullmatch(each.detail) for pattern, _text in PATTERNS), each
        assert say_subject(each.subject)[0].isupper()
    return [(each.subject, each.detail) for each in found]


def test_a_payment_of_another_amount_than_its_order_is_named(merchant, payment):
    OrderLine.objects.update(paid_amount=Decimal("99.00"))
    assert faults(merchant) == [(f"payment {payment.pk}", "paid 100.00 for an order of 99.00")]


def test_a_refund_of_another_amount_is_named(merchant, payment):
    Refund.objects.update(amount=Decimal("9.00"))
    row = PaymentRefund.objects.get()
    assert faults(merchant) == [
        (f"provider refund {row.pk}", "gives back 10.00, which is not what its refund says")
    ]


def test_a_sum_that_does_not_add_up_is_named(merchant, payment):
    Payment.objects.update(returned_amount=Decimal("11.00"))
    assert faults(merchant) == [(f"payment {payment.pk}", "says 11.00, refunds 10.00")]
