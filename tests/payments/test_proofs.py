"""Transfers outside the site: shown by the customer, confirmed by somebody who saw the money."""

from decimal import Decimal

import pytest

from apps.core.attachments import AttachmentRefused, Upload
from apps.orders.models import Order
from apps.orders.services.progress import cancel_order, confirm_payment
from apps.payments.models import Payment, PaymentSettings, TransferProof
from apps.payments.services.proofs import confirm_proof, reject_proof, submit_proof
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.settings import save_payment_settings
from tests.factories import MerchantFactory, UserFactory
from tests.payments.books import books
from tests.payments.conftest import BANK
from tests.price_control.uploads import paper, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(order):
    def send_one(key="k", files=None):
        files = [picture()] if files is None else files
        return submit_proof(order=order, files=files, request_key=key, payer_name=" 刘晓梅 ")

    return send_one


def test_a_proof_alone_pays_nothing(send, order):
    before = books()
    proof = send(files=[picture(), paper()])
    # Known to be looked for, so that the order does not end by itself: nothing else.
    assert Order.objects.filter(pk=order.pk, payment_claimed_at__isnull=False).exists()
    Order.objects.update(payment_claimed_at=None)
    assert books() == before
    assert (proof.status, proof.payer_name) == ("submitted", "刘晓梅")
    assert sorted(proof.files.values_list("kind", flat=True)) == ["image", "pdf"]
    assert send() == proof


def test_confirmed_it_pays_the_order(send, order):
    actor = UserFactory()
    proof = confirm_proof(proof=send(), actor=actor)

    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (proof.status, proof.decided_by, proof.payment) == ("approved", actor, payment)
    assert (payment.provider, payment.amount, payment.is_applied) == (
        "offline",
        Decimal("88.80"),
        True,
    )
    assert (order.status, order.payment_confirmed_by) == ("paid", actor)
    with pytest.raises(PaymentRefused, match="already"):
        confirm_proof(proof=proof, actor=actor)


def test_rejected_the_customer_may_send_another(send, order):
    proof = send()
    with pytest.raises(PaymentRefused, match="reason"):
        reject_proof(proof=proof, reason=" ", actor=None)
    with pytest.raises(PaymentRefused, match="arrived already"):
        send("other")
    reject_proof(proof=proof, reason="¥8 are missing", actor=None)
    assert send("other").status == "submitted"
    order.refresh_from_db()
    assert order.status == "pending"


@pytest.mark.parametrize("step", [cancel_order, confirm_payment])
def test_an_order_that_waits_for_no_money_takes_no_proof(send, order, step):
    proof = send()
    step(order=order, actor=None)
    with pytest.raises(PaymentRefused, match="waits for no payment"):
        send("other")
    with pytest.raises(PaymentRefused, match="Reject the proof"):
        confirm_proof(proof=proof, actor=None)
    assert not Payment.objects.exists()
    assert reject_proof(proof=proof, reason="Paid back by transfer", actor=None).reason


def test_what_is_no_picture_leaves_nothing(send):
    with pytest.raises(PaymentRefused, match="Add a picture"):
        send(files=[])
    with pytest.raises(AttachmentRefused):
        send(files=[Upload("x.svg", b"<svg onload='alert(1)'/>")])
    assert not TransferProof.objects.exists()


def test_settings_are_kept_row_by_row(merchant, shop):
    actor = UserFactory()
    save_payment_settings(merchant=merchant, actor=actor, account_number="6225 0000")
    save_payment_settings(merchant=merchant, actor=actor, account_number="6225 0000")

    rows = PaymentSettings.objects.order_by("pk")
    assert list(rows.values_list("account_number", "made_by")) == [
        (BANK["account_number"], None),
        ("6225 0000", actor.pk),
    ]
    with pytest.raises(PaymentRefused, match="Give bank"):
        save_payment_settings(merchant=merchant, actor=actor, account_number=" ")
    with pytest.raises(PaymentRefused, match="minutes to pay"):
        save_payment_settings(merchant=merchant, actor=actor, minutes_to_pay=4)
    with pytest.raises(PaymentRefused, match="yuan"):
        save_payment_settings(merchant=MerchantFactory(currency="USD"), actor=None, wechat_on=True)
    assert rows.count() == 2
