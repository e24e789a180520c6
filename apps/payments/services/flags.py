"""What does not fit is kept, until somebody says what became of it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.orders.services.progress import lock_order
from apps.payments.models import Payment, PaymentFlag, PaymentRefund
from apps.payments.services.refunds import lock_payment, return_stray_money
from apps.payments.services.refusals import PaymentRefused

Kind = PaymentFlag.Kind
Resolution = PaymentFlag.Resolution
RETURNABLE = (Kind.LATE, Kind.DOUBLE, Kind.AMOUNT)
LONGEST_REASON = 200


def raise_flag(
    *,
    kind: str,
    provider: str,
    what: str,
    payment: Payment | None = None,
    number: str = "",
    transaction_id: str = "",
    amount: Decimal | None = None,
    detail: str = "",
) -> PaymentFlag:
    """Keep something for a person to look at; `what` names it among its kind, so that told again it
    is the same flag. Call in a transaction."""
    flag, _created = PaymentFlag.objects.get_or_create(
        key=f"{provider}:{kind}:{what}",
        defaults={
            "merchant_id": payment.merchant_id if payment else None,
            "kind": kind,
            "provider": provider,
            "payment": payment,
            "number": payment.number if payment else number,
            "transaction_id": transaction_id[:64],
            "amount": amount,
            "detail": detail[:200],
        },
    )
    return flag


@transaction.atomic
def note_flag(*, flag: PaymentFlag, reason: str, actor: User | None) -> PaymentFlag:
    """Say what became of it otherwise, e.g. paid back by hand. Moves no money.

    Raises PaymentRefused without a reason, when it is settled already, or while the money is on
    its way back.
    """
    flag = _lock_open(flag)
    reason = reason.strip()
    if not reason:
        raise PaymentRefused(_("Say what became of it."))
    if PaymentRefund.objects.filter(flag=flag, status=PaymentRefund.Status.PENDING).exists():
        raise PaymentRefused(_("The money is on its way back: wait for the provider's answer."))
    return close_flag(flag, Resolution.NOTED, reason=reason, actor=actor)


@transaction.atomic
def give_back(*, flag: PaymentFlag, actor: User | None) -> PaymentRefund:
    """Ask the provider to give the flagged money back; the flag is settled when that is done.

    Raises PaymentRefused when it is settled, on its way already, or no money that can be returned.
    """
    flag = _lock_open(flag)
    if flag.kind not in RETURNABLE or flag.payment is None or not flag.amount:
        raise PaymentRefused(_("There is no money here that could be given back."))
    if PaymentRefund.objects.filter(flag=flag).exists():
        raise PaymentRefused(_("This was asked for already: look at the payment."))
    payment = flag.payment
    if flag.kind == Kind.AMOUNT and payment.is_applied:
        raise PaymentRefused(
            _("Since then the full amount has arrived. Look at it with the provider first.")
        )
    return return_stray_money(payment=payment, flag=flag, actor=actor)


@transaction.atomic
def accept_flag(*, flag: PaymentFlag, reason: str, actor: User | None) -> PaymentFlag:
    """Take the flagged money as the payment of its order, which somebody confirmed by hand.

    From then on refunds of the order go back through the provider. Raises PaymentRefused for any
    other flag, an order that is not paid or was paid by another payment, or money on its way back.
    """
    flag = _lock_open(flag)
    payment = flag.payment
    if flag.kind != Kind.DOUBLE or payment is None:
        raise PaymentRefused(_("Only money for an order that was confirmed by hand can be taken."))
    if not payment.order.is_paid or payment.returned_amount:
        raise PaymentRefused(_("The order does not stand any more, or the money is going back."))
    if Payment.objects.filter(order=payment.order, is_applied=True).exists():
        raise PaymentRefused(_("This order was paid by another payment: give this one back."))
    payment.is_applied = True
    payment.save(update_fields=["is_applied"])
    return close_flag(flag, Resolution.ACCEPTED, reason=reason, actor=actor)


def close_flag(
    flag: PaymentFlag,
    resolution: str,
    *,
    reason: str = "",
    actor: User | None = None,
    at: datetime | None = None,
) -> PaymentFlag:
    """Settle a flag that is open. Call with its payment locked."""
    flag.resolution, flag.reason = resolution, reason[:LONGEST_REASON]
    flag.resolved_by, flag.resolved_at = actor, at or timezone.now()
    flag.save(update_fields=["resolution", "reason", "resolved_by", "resolved_at"])
    return flag


def _lock_open(flag: PaymentFlag) -> PaymentFlag:
    """The flag as it is now, locked after order and payment. Raises PaymentRefused if settled."""
    payment = None
    if flag.payment_id:
        order = lock_order(flag.payment.order)
        payment = lock_payment(flag.payment, order)
    flag = PaymentFlag.objects.select_for_update(of=["self"]).get(pk=flag.pk)
    if payment is not None:
        flag.payment = payment
    if not flag.is_open:
        raise PaymentRefused(
            _("This was settled already: %(how)s.") % {"how": flag.get_resolution_display()}
        )
    return flag
