"""What does not fit is settled by somebody, with a reason."""

from decimal import Decimal

import pytest

from apps.orders.services.progress import confirm_payment
from apps.orders.services.refunds import record_refund
from apps.payments.models import Payment, PaymentFlag, PaymentRefund
from apps.payments.services.flags import accept_flag, give_back, note_flag
from apps.payments.services.notices import take_notice
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.sweeping import sweep_payments
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def flag(payment, peer, order):
    """Somebody confirmed the order by hand before WeChat told of the money."""
    confirm_payment(order=order, actor=None)
    peer.wechat.pay(payment.number)
    headers, body = peer.wechat.paid_notice(payment.number)
    take_notice(provider="wechat", headers=headers, body=body.encode())
    return PaymentFlag.objects.get()


def test_taken_as_the_payment_refunds_go_back_through_the_provider(flag, peer, order):
    actor = UserFactory()
    accept_flag(flag=flag, reason="Seen in WeChat", actor=actor)

    flag.refresh_from_db()
    assert (flag.resolution, flag.reason, flag.resolved_by) == ("accepted", "Seen in WeChat", actor)
    assert Payment.objects.get().is_applied
    record_refund(order_line=order.lines.get(), amount=Decimal("10.00"))
    sweep_payments()
    assert [each["amount"]["refund"] for each in peer.wechat.refunds.values()] == [1000]


def test_given_back_it_is_settled_when_the_provider_did(flag, peer):
    actor = UserFactory()
    give_back(flag=flag, actor=actor)
    flag.refresh_from_db()
    assert flag.is_open
    with pytest.raises(PaymentRefused, match="going back"):
        accept_flag(flag=flag, reason="", actor=actor)

    sweep_payments()

    flag.refresh_from_db()
    assert (flag.resolution, flag.resolved_by) == ("returned", actor)
    assert PaymentRefund.objects.get().status == "done"


def test_settled_otherwise_needs_a_reason_and_is_final(flag, peer):
    with pytest.raises(PaymentRefused, match="Say what"):
        note_flag(flag=flag, reason=" ", actor=None)
    note_flag(flag=flag, reason="Paid back in cash", actor=None)

    for step in (
        lambda: note_flag(flag=flag, reason="Again", actor=None),
        lambda: give_back(flag=flag, actor=None),
        lambda: accept_flag(flag=flag, reason="", actor=None),
    ):
        with pytest.raises(PaymentRefused, match="settled already"):
            step()
    sweep_payments()
    assert not peer.wechat.refunds
