"""What is due: refunds to pull and send, payments to ask about. Work lives in rows."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apps.payments.models import PaymentRefund
from apps.payments.services.checking import check_payment, due_payments
from apps.payments.services.refunds import pull_refund, refunds_to_pull, send_refund

logger = logging.getLogger(__name__)
SENT_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows of each kind a sweep looked at."""

    checked: int
    pulled: int
    sent: int


def sweep_payments() -> Swept:
    """Do what is due for every merchant, once. Safe to repeat, to interrupt and to run twice at
    once: each row is taken before the provider is asked. One row's trouble is no other's."""
    with scopes_disabled():
        payments = due_payments(timezone.now())
    for payment in payments:
        _alone(payment, check_payment, payment=payment)
    # Afterwards: what was found may be money that goes back at once.
    with scopes_disabled():
        decided = refunds_to_pull()
    pulled = sum(bool(_alone(each, pull_refund, refund=each)) for each in decided)
    with scopes_disabled():
        due = PaymentRefund.objects.filter(
            status=PaymentRefund.Status.PENDING, next_attempt_at__lte=timezone.now()
        )
        refunds = list(due.select_related("merchant").order_by("next_attempt_at")[:SENT_AT_ONCE])
    for refund in refunds:
        _alone(refund, send_refund, refund=refund)
    return Swept(len(payments), pulled, len(refunds))


def _alone(row: Any, service: Callable, **values: Any) -> Any:
    try:
        with scope(merchant=row.merchant):
            return service(**values)
    except Exception:
        # Whatever it was: the others must not wait for it, and the next sweep meets it again.
        logger.exception("%s %s was not swept.", type(row).__name__, row.pk)
        return None
