"""Money goes back the way it came, once: rows first, the provider afterwards."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.fields import MoneyField
from apps.core.money import to_minor
from apps.orders.models import Order, Refund
from apps.orders.services.progress import lock_order
from apps.payments.models import ONLINE, Payment, PaymentFlag, PaymentRefund
from apps.payments.providers import ProviderError, Returned, provider_of
from apps.payments.providers.base import DONE, UNDER_WAY
from apps.payments.services.numbers import new_number
from apps.payments.services.refusals import PaymentRefused

Status = PaymentRefund.Status
# A minute after the first, then twice as long each time, up to six hours: about a week in all.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 36
PULLED_AT_ONCE = 500


def lock_payment(payment: Payment, order: Order) -> Payment:
    """The payment as it is now, locked after its order, which it carries."""
    payment = Payment.objects.select_for_update(of=["self"]).get(pk=payment.pk)
    payment.order = order
    return payment


def refunds_to_pull(limit: int = PULLED_AT_ONCE) -> list[Refund]:
    """Refunds of orders paid through a provider that it was not asked for yet, over the scope.

    Not those that were undone meanwhile: nothing went out that would have come back.
    """
    found = Refund.objects.filter(
        status=Refund.Status.REFUNDED,
        amount__gt=0,
        payment_refund=None,
        undone_by=None,
        order_line__order__payments__is_applied=True,
        order_line__order__payments__provider__in=ONLINE,
    )
    return list(found.select_related("merchant", "order_line__order").order_by("pk")[:limit])


@transaction.atomic
def pull_refund(*, refund: Refund) -> bool:
    """Make the row by which the provider carries a refund out; whether there was one to make.

    Repeatable. More than is left of the payment is flagged and not sent.
    """
    order = lock_order(refund.order_line.order)
    payment = Payment.objects.filter(order=order, is_applied=True, provider__in=ONLINE).first()
    if payment is None or PaymentRefund.objects.filter(order_refund=refund).exists():
        return False
    if Refund.objects.filter(undoes=refund).exists():
        return False
    payment = lock_payment(payment, order)
    if refund.amount > payment.returnable_amount:
        _flag_failure(payment, refund.refund_no, f"order:{refund.pk}", refund.amount)
        return False
    _reserve(payment, refund.amount)
    PaymentRefund.objects.create(
        merchant_id=payment.merchant_id,
        payment=payment,
        order_refund=refund,
        number=new_number("R"),
        amount=refund.amount,
    )
    return True


def return_stray_money(
    *, payment: Payment, flag: PaymentFlag, actor: User | None = None
) -> PaymentRefund:
    """Give back what a flag holds. Call with order and payment locked, once a flag."""
    is_whole = payment.status == Payment.Status.PAID
    if is_whole:
        _reserve(payment, flag.amount)
    return PaymentRefund.objects.create(
        merchant_id=payment.merchant_id,
        payment=payment,
        flag=flag,
        number=new_number("R"),
        amount=flag.amount,
        trade_amount=None if is_whole else flag.amount,
        asked_by=actor,
    )


def _reserve(payment: Payment, amount: Decimal) -> None:
    # The table's own CHECK has the last word: never more than came in.
    Payment.objects.filter(pk=payment.pk).update(
        returned_amount=F("returned_amount") + Value(amount, output_field=MoneyField())
    )


def send_refund(*, refund: PaymentRefund) -> PaymentRefund:
    """Ask the provider for one refund that is due, or how it stands; repeatable.

    Whoever takes it puts its next attempt off first, so that workers do not meet. The provider is
    asked outside any transaction; the number makes a second asking the same refund.
    """
    taken = _take(refund)
    if taken is None:
        return PaymentRefund.objects.get(pk=refund.pk)
    payment = taken.payment
    try:
        answer = provider_of(payment.provider).refund(
            number=payment.number,
            refund_no=taken.number,
            amount=to_minor(taken.amount),
            total=to_minor(taken.trade_amount or payment.amount),
            reason=_reason(taken),
            notify_url=payment.notify_url,
        )
    except ProviderError as error:
        return _not_done(taken, str(error), is_final=error.is_final)
    except LookupError as error:
        return _not_done(taken, str(error), is_final=False)
    return finish_refund(refund=taken, answer=answer)


def _reason(refund: PaymentRefund) -> str:
    return refund.order_refund.reason if refund.order_refund else refund.flag.get_kind_display()


@transaction.atomic
def _take(refund: PaymentRefund) -> PaymentRefund | None:
    now = timezone.now()
    found = PaymentRefund.objects.select_for_update(of=["self"]).filter(
        pk=refund.pk, status=Status.PENDING, next_attempt_at__lte=now
    )
    taken = found.select_related("payment", "order_refund", "flag").first()
    if taken is None:
        return None
    if taken.order_refund and not taken.is_sent and _was_undone(taken.order_refund):
        _end(taken, Status.CANCELLED)
        return None
    pause = min(FIRST_PAUSE * 2 ** min(taken.attempts, 12), LONGEST_PAUSE)
    taken.attempts += 1
    taken.is_sent = True
    taken.next_attempt_at = now + pause
    taken.save(update_fields=["attempts", "is_sent", "next_attempt_at"])
    return taken


def _was_undone(refund: Refund) -> bool:
    return Refund.objects.filter(undoes=refund).exists()


@transaction.atomic
def finish_refund(*, refund: PaymentRefund, answer: Returned) -> PaymentRefund:
    """Take down what the provider says about a refund; what is finished stays as it is."""
    refund = _lock_refund(refund)
    if refund.status != Status.PENDING or answer.state == UNDER_WAY:
        return refund
    if answer.state != DONE:
        return _fail(refund, answer.detail or answer.state)
    _end(refund, Status.SUCCEEDED)
    if refund.flag and refund.flag.is_open:
        flag = refund.flag
        flag.resolution, flag.resolved_at = PaymentFlag.Resolution.RETURNED, refund.finished_at
        flag.resolved_by = refund.asked_by
        flag.save(update_fields=["resolution", "resolved_at", "resolved_by"])
    return refund


@transaction.atomic
def _not_done(refund: PaymentRefund, error: str, *, is_final: bool) -> PaymentRefund:
    refund = _lock_refund(refund)
    if refund.status != Status.PENDING:
        return refund
    refund.last_error = error[:300]
    refund.save(update_fields=["last_error"])
    if is_final or refund.attempts >= MOST_ATTEMPTS:
        return _fail(refund, error)
    return refund


def _lock_refund(refund: PaymentRefund) -> PaymentRefund:
    order = lock_order(refund.payment.order)
    payment = lock_payment(refund.payment, order)
    related = ["order_refund", "flag", "asked_by"]
    found = PaymentRefund.objects.select_for_update(of=["self"]).select_related(*related)
    refund = found.get(pk=refund.pk)
    refund.payment = payment
    return refund


def _end(refund: PaymentRefund, status: str) -> None:
    refund.status, refund.finished_at = status, timezone.now()
    refund.save(update_fields=["status", "finished_at"])
    if status != Status.SUCCEEDED and refund.trade_amount is None:
        _reserve(refund.payment, -refund.amount)


def _fail(refund: PaymentRefund, error: str) -> PaymentRefund:
    refund.last_error = error[:300]
    refund.save(update_fields=["last_error"])
    _end(refund, Status.FAILED)
    payment = refund.payment
    # A refund may fail, be tried again and fail once more.
    what = f"{refund.number}:{refund.attempts}"
    _flag_failure(payment, f"{refund.number} · {error}", what, refund.amount)
    return refund


def _flag_failure(payment: Payment, detail: str, what: str, amount: Decimal) -> None:
    PaymentFlag.objects.get_or_create(
        key=f"{payment.provider}:failed:{what}",
        defaults={
            "merchant_id": payment.merchant_id,
            "kind": PaymentFlag.Kind.FAILED,
            "provider": payment.provider,
            "payment": payment,
            "number": payment.number,
            "transaction_id": payment.transaction_id or "",
            "amount": amount,
            "detail": detail[:200],
        },
    )


@transaction.atomic
def retry_refund(*, refund: PaymentRefund, actor: User | None) -> PaymentRefund:
    """Have a refund that failed tried again, under its own number: the provider gives back once.

    Raises PaymentRefused for one that did not fail, or where nothing is left to give back.
    """
    refund = _lock_refund(refund)
    if refund.status != Status.FAILED:
        raise PaymentRefused(_("Only a refund that failed can be tried again."))
    if refund.trade_amount is None:
        if refund.amount > refund.payment.returnable_amount:
            raise PaymentRefused(_("More than is left of this payment would go back."))
        _reserve(refund.payment, refund.amount)
    refund.status, refund.finished_at = Status.PENDING, None
    refund.next_attempt_at, refund.asked_by = timezone.now(), actor or refund.asked_by
    refund.save(update_fields=["status", "finished_at", "next_attempt_at", "asked_by"])
    return refund
