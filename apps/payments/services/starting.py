"""A customer begins to pay."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.money import to_minor
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.selectors.delivery import unpaid_until
from apps.orders.services.expiring import await_payment
from apps.orders.services.progress import lock_order
from apps.payments.models import Payment, Provider
from apps.payments.providers import Charge, ProviderError, provider_of
from apps.payments.selectors import offered_providers, payment_settings
from apps.payments.services.checking import LEAST_TIME, check_payment
from apps.payments.services.numbers import new_number
from apps.payments.services.refusals import PaymentRefused

PROVIDER_OF_WAY = {
    Payment.Way.JSAPI: Provider.WECHAT,
    Payment.Way.H5: Provider.WECHAT,
    Payment.Way.NATIVE: Provider.WECHAT,
    Payment.Way.WAP: Provider.ALIPAY,
    Payment.Way.PAGE: Provider.ALIPAY,
}
# An attempt with less time left than this is not begun again: the customer would be cut off.
LEAST_LEFT = timedelta(minutes=2)
FIRST_CHECK = timedelta(minutes=1)
# An order whose attempt nobody could ask about does not wait longer than this after its end.
LONGEST_SILENCE = timedelta(hours=2)


def start_payment(
    *,
    order: Order,
    way: str,
    notify_url: str,
    return_url: str,
    payer: str = "",
    address: str = "",
) -> Payment:
    """Begin to pay a waiting order at a provider; `return_url` has `{number}` for the attempt.

    Pressed twice, the attempt that is open already goes on. The provider is asked outside any
    transaction: when it cannot be reached, the attempt stays and the next press goes on with it.
    `payer` is the customer's openid, for paying inside WeChat. From now on the order does not end
    by itself before the attempt is decided, or two hours after its time if the provider never
    answers. Raises PaymentRefused when the order waits for no money or its time to pay is over, the
    way is not offered, or the provider does not answer.
    """
    _decide_earlier(order, way, payer)
    payment = _open_attempt(order, way, notify_url, payer)
    if payment.ticket:
        return payment
    charge = Charge(
        number=payment.number,
        way=payment.way,
        amount=to_minor(payment.amount),
        description=_("Order %(number)s") % {"number": order.order_no},
        expires_at=payment.expires_at,
        notify_url=notify_url,
        return_url=return_url.replace("{number}", payment.number),
        payer=payer,
        address=address,
    )
    try:
        ticket = provider_of(payment.provider).start(charge)
    except ProviderError as error:
        raise _silent(payment) from error
    Payment.objects.filter(pk=payment.pk, status=Payment.Status.PENDING).update(ticket=ticket)
    payment.ticket = ticket
    return payment


def _silent(payment: Payment) -> PaymentRefused:
    return PaymentRefused(
        _("%(provider)s does not answer as it should. Try again, or choose another way to pay.")
        % {"provider": payment.get_provider_display()}
    )


def _attempts(order: Order, way: str, payer: str) -> QuerySet[Payment]:
    """The open attempt to pay so, if there is one."""
    return Payment.objects.filter(
        order=order, way=way, payer=payer, status=Payment.Status.PENDING
    ).select_related("order")


def _decide_earlier(order: Order, way: str, payer: str) -> None:
    """Ask about an attempt whose time is over before another takes its place."""
    for over in _attempts(order, way, payer).filter(expires_at__lte=timezone.now()):
        check_payment(payment=over, at_most_every=timedelta())


@transaction.atomic
def _open_attempt(order: Order, way: str, notify_url: str, payer: str) -> Payment:
    order = lock_order(order)
    if order.status != Order.Status.PENDING:
        raise PaymentRefused(_("This order waits for no payment any more."))
    provider = PROVIDER_OF_WAY.get(way)
    chosen = payment_settings(order.merchant)
    if provider is None or provider not in offered_providers(order.merchant, chosen):
        raise PaymentRefused(_("This way to pay is not offered. Choose another one."))
    amount = order_total(order)
    if not amount:
        raise PaymentRefused(_("There is nothing to pay for this order."))
    now = timezone.now()
    end = unpaid_until(order)
    if (found := _attempts(order, way, payer).first()) is not None:
        _check_goes_on(found, now, end)
        return found
    if end is not None and now >= end:
        raise PaymentRefused(
            _("The time to pay this order is over, and it is cancelled soon. Please order again.")
        )
    expires_at = now + timedelta(minutes=chosen.minutes_to_pay)
    if end is not None:
        expires_at = min(expires_at, max(end, now + LEAST_TIME))
    await_payment(order=order, until=expires_at + LONGEST_SILENCE)
    return Payment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        provider=provider,
        way=way,
        payer=payer,
        number=new_number("P"),
        amount=amount,
        notify_url=notify_url,
        created_at=now,
        expires_at=expires_at,
        next_check_at=now + FIRST_CHECK,
    )


def _check_goes_on(payment: Payment, now: datetime, end: datetime | None) -> None:
    """Raises PaymentRefused for an attempt that could no longer be finished."""
    if payment.expires_at <= now:
        # It may have been paid: another one beside it could be paid as well.
        raise _silent(payment)
    is_last = end is not None and payment.expires_at >= end
    if payment.expires_at - now < LEAST_LEFT and not is_last:
        raise PaymentRefused(_("This attempt is about to end. Wait two minutes, then begin again."))
