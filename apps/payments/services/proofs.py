"""Transfers with proof: the customer shows, somebody looks at the account and answers."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.attachments import Upload, check_files, keep_files
from apps.core.money import to_minor
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.services.customers import claim_payment
from apps.orders.services.progress import lock_order
from apps.payments.models import Payment, ProofFile, Provider, TransferProof
from apps.payments.providers import Trade
from apps.payments.providers.base import PAID
from apps.payments.selectors import offered_providers
from apps.payments.services.numbers import new_number
from apps.payments.services.refusals import PaymentRefused
from apps.payments.services.settling import settle_payment

Status = TransferProof.Status


def submit_proof(
    *,
    order: Order,
    files: Sequence[Upload],
    request_key: str,
    payer_name: str = "",
    note: str = "",
) -> TransferProof:
    """Keep a customer's proof of a transfer for a waiting order; nothing counts as paid by it.

    The same key again returns what it made. Raises PaymentRefused without a file, for an order that
    waits for no money, where transfers are not offered, or while another proof is being looked at;
    AttachmentRefused for a file that cannot be taken.
    """
    if not files:
        raise PaymentRefused(_("Add a picture or PDF that shows the transfer."))
    checked = check_files(files)
    with transaction.atomic():
        order = lock_order(order)
        if earlier := TransferProof.objects.filter(order=order, request_key=request_key).first():
            return earlier
        if order.status != Order.Status.PENDING:
            raise PaymentRefused(_("This order waits for no payment any more."))
        if Provider.OFFLINE not in offered_providers(order.merchant):
            raise PaymentRefused(_("This way to pay is not offered. Choose another one."))
        if TransferProof.objects.filter(order=order, status=Status.SUBMITTED).exists():
            raise PaymentRefused(_("Your proof has arrived already; somebody looks at it soon."))
        proof = _save_once(order, request_key, payer_name.strip()[:80], note.strip()[:200])
        keep_files(
            (ProofFile(merchant_id=order.merchant_id, proof=proof), each) for each in checked
        )
        # An order whose money is being looked for does not end by itself.
        claim_payment(order=order)
    return proof


def _save_once(order: Order, request_key: str, payer_name: str, note: str) -> TransferProof:
    try:
        with transaction.atomic():
            return TransferProof.objects.create(
                merchant_id=order.merchant_id,
                order=order,
                request_key=request_key,
                payer_name=payer_name,
                note=note,
            )
    except IntegrityError as error:
        # The key was used for another order: it comes from the customer's form.
        raise PaymentRefused(_("This form was used before: open the page again.")) from error


@transaction.atomic
def confirm_proof(
    *, proof: TransferProof, actor: User | None, paid_at: datetime | None = None
) -> TransferProof:
    """The transfer has arrived, at `paid_at` (aware; default now): its order counts as paid.

    Raises PaymentRefused for a proof that was answered, or an order that waits for no money: the
    customer then gets the transfer back by hand.
    """
    order, proof = _lock_open(proof)
    if order.status != Order.Status.PENDING:
        raise PaymentRefused(
            _(
                "Order %(order)s is in state “%(status)s”. Reject the proof, and say how the "
                "customer gets the money back."
            )
            % {"order": order.order_no, "status": order.get_status_display()}
        )
    now = timezone.now()
    payment = Payment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        provider=Provider.OFFLINE,
        way=Payment.Way.TRANSFER,
        number=new_number("T"),
        amount=order_total(order),
        created_at=min(paid_at or now, now),
        expires_at=now,
    )
    trade = Trade(PAID, amount=to_minor(payment.amount), paid_at=paid_at or now)
    settle_payment(payment=payment, trade=trade, actor=actor)
    return _answer(proof, Status.APPROVED, actor, payment=payment)


@transaction.atomic
def reject_proof(*, proof: TransferProof, reason: str, actor: User | None) -> TransferProof:
    """The transfer has not arrived or is not enough; the customer reads why and may send another.

    Raises PaymentRefused without a reason, or for a proof that was answered.
    """
    reason = reason.strip()
    if not reason:
        raise PaymentRefused(_("Give a reason: the customer reads it."))
    _order, proof = _lock_open(proof)
    return _answer(proof, Status.REJECTED, actor, reason=reason)


def _lock_open(proof: TransferProof) -> tuple[Order, TransferProof]:
    order = lock_order(proof.order)
    proof = TransferProof.objects.select_for_update(of=["self"]).get(pk=proof.pk)
    if proof.status != Status.SUBMITTED:
        raise PaymentRefused(
            _("This proof was looked at already: %(status)s.")
            % {"status": proof.get_status_display()}
        )
    return order, proof


def _answer(
    proof: TransferProof,
    status: str,
    actor: User | None,
    *,
    reason: str = "",
    payment: Payment | None = None,
) -> TransferProof:
    proof.status, proof.reason, proof.payment = status, reason[:200], payment
    proof.decided_by, proof.decided_at = actor, timezone.now()
    proof.save(update_fields=["status", "reason", "payment", "decided_by", "decided_at"])
    return proof
