"""Providers tell of payments and refunds, and others pretend to. Everything is written down."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apps.core.money import to_major, to_minor
from apps.payments.models import Payment, PaymentFlag, PaymentNotice, PaymentRefund
from apps.payments.providers import Notice, NoticeRefused, provider_of
from apps.payments.services.flags import raise_flag
from apps.payments.services.refunds import finish_refund
from apps.payments.services.settling import Outcome, settle_payment

logger = logging.getLogger(__name__)
Verdict, Reason = PaymentNotice.Verdict, PaymentNotice.Reason
# What anybody can send without knowing a key is written down so often, and then only logged.
MOST_WORTHLESS_AN_HOUR = 300
LONGEST_BODY = 16_000
JUDGED = {
    Outcome.CONFIRMED: (Verdict.ACCEPTED, Reason.NONE),
    Outcome.REPEATED: (Verdict.REPEATED, Reason.NONE),
    Outcome.AMOUNT: (Verdict.FLAGGED, Reason.AMOUNT),
    Outcome.TAKEN: (Verdict.FLAGGED, Reason.TAKEN),
    Outcome.STRAY: (Verdict.FLAGGED, Reason.STRAY),
}


def take_notice(*, provider: str, headers: Mapping[str, str], body: bytes, sender: str = "") -> str:
    """Take a notification as it came; returns the verdict. Anything but REFUSED is known for good.

    The signature is looked at before anything else. What it tells is done and written down in one
    transaction, once per event; a lie changes nothing but for the entry. Raises LookupError where
    the site has no credentials for the provider.
    """
    try:
        notice = provider_of(provider).read_notice(headers, body)
    except NoticeRefused as refusal:
        return _refuse(provider, refusal, body, sender)
    with scopes_disabled():
        found = Payment.objects.filter(number=notice.number, provider=provider)
        payment = found.select_related("merchant", "order__merchant").first()
    with scope(merchant=payment.merchant) if payment else scopes_disabled():
        return _take(provider, notice, payment, body, sender)


def _take(provider: str, notice: Notice, payment: Payment | None, body: bytes, sender: str) -> str:
    if _is_known(provider, notice):
        return _repeat(provider, notice, payment, body, sender)
    try:
        with transaction.atomic():
            verdict, reason = _follow(provider, notice, payment)
            _write(
                provider,
                body,
                sender,
                verdict,
                reason,
                payment=payment,
                number=notice.number,
                event_id=notice.event_id,
            )
    except IntegrityError:
        # Another worker was quicker with the same event; all of ours is undone.
        if not _is_known(provider, notice):
            raise
        return _repeat(provider, notice, payment, body, sender)
    return verdict


def _is_known(provider: str, notice: Notice) -> bool:
    found = PaymentNotice.objects.with_scopes_disabled()
    return found.filter(provider=provider, event_id=notice.event_id).exists()


def _follow(provider: str, notice: Notice, payment: Payment | None) -> tuple[str, str]:
    if notice.trade is None and notice.returned is None:
        return Verdict.IGNORED, Reason.NONE
    if payment is None:
        told = notice.trade or notice.returned
        transaction_id = notice.trade.transaction_id if notice.trade else notice.refund_no
        raise_flag(
            kind=PaymentFlag.Kind.UNKNOWN,
            provider=provider,
            what=f"{notice.number}:{transaction_id}",
            number=notice.number,
            transaction_id=transaction_id,
            amount=to_major(told.amount),
        )
        return Verdict.FLAGGED, Reason.UNKNOWN
    if notice.trade is not None:
        return JUDGED[settle_payment(payment=payment, trade=notice.trade)]
    return _follow_refund(notice, payment)


def _follow_refund(notice: Notice, payment: Payment) -> tuple[str, str]:
    refund = PaymentRefund.objects.filter(payment=payment, number=notice.refund_no).first()
    if refund is not None:
        was_open = refund.status == PaymentRefund.Status.PENDING
        finish_refund(refund=refund, answer=notice.returned)
        return (Verdict.ACCEPTED if was_open else Verdict.REPEATED), Reason.NONE
    if not notice.refund_no and notice.returned.amount == to_minor(payment.returned_amount):
        # The sum of what went back so far, told along with something else.
        return Verdict.REPEATED, Reason.NONE
    raise_flag(
        kind=PaymentFlag.Kind.OUTSIDE,
        provider=payment.provider,
        what=f"{payment.number}:{notice.refund_no or notice.returned.amount}",
        payment=payment,
        transaction_id=payment.transaction_id or "",
        amount=to_major(notice.returned.amount),
        detail=notice.refund_no,
    )
    return Verdict.FLAGGED, Reason.OUTSIDE


def _repeat(
    provider: str, notice: Notice, payment: Payment | None, body: bytes, sender: str
) -> str:
    if _has_room(provider):
        _write(provider, body, sender, Verdict.REPEATED, payment=payment, number=notice.number)
    return Verdict.REPEATED


def _refuse(provider: str, refusal: NoticeRefused, body: bytes, sender: str) -> str:
    logger.warning("A notice of %s was refused: %s.", provider, refusal.reason)
    if not _has_room(provider):
        return Verdict.REFUSED
    number = refusal.number.replace("\x00", "")
    with scopes_disabled():
        payment = None
        if number:
            found = Payment.objects.filter(number=number, provider=provider)
            payment = found.select_related("merchant").first()
        _write(
            provider,
            body,
            sender,
            Verdict.REFUSED,
            refusal.reason,
            payment=payment,
            number=number,
        )
    return Verdict.REFUSED


def _has_room(provider: str) -> bool:
    since = timezone.now() - timedelta(hours=1)
    worthless = PaymentNotice.objects.with_scopes_disabled().filter(
        provider=provider, event_id=None, received_at__gt=since
    )
    return worthless.count() < MOST_WORTHLESS_AN_HOUR


def _write(
    provider: str,
    body: bytes,
    sender: str,
    verdict: str,
    reason: str = "",
    *,
    payment: Payment | None = None,
    number: str = "",
    event_id: str | None = None,
) -> None:
    PaymentNotice.objects.create(
        merchant_id=payment.merchant_id if payment else None,
        provider=provider,
        event_id=event_id,
        payment=payment,
        number=number[:64],
        verdict=verdict,
        reason=reason,
        sender=sender[:45],
        digest=hashlib.sha256(body).hexdigest(),
        body=body[:LONGEST_BODY].decode(errors="replace").replace("\x00", ""),
    )
