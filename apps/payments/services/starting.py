"""A customer begins to pay."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.money import to_minor
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.services.progress import lock_order
from apps.payments.models import Payment, Provider
from apps.payments.providers import Charge, ProviderError, provider_of
from apps.payments.selectors import offered_providers, payment_settings
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
    `payer` is the customer's openid, for paying inside WeChat. Raises PaymentRefused when the order
    waits for no money, the way is not offered, or the provider does not answer.
    """
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
        raise PaymentRefused(
            _("%(provider)s does not answer as it should. Try again, or choose another way to pay.")
            % {"provider": payment.get_provider_display()}
        ) from error
    Payment.objects.filter(pk=payment.pk, status=Payment.Status.PENDING).update(ticket=ticket)
    payment.ticket = ticket
    return payment


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
    same = {"order": order, "provider": provider, "way": way, "payer": payer}
    found = Payment.objects.filter(**same, status=Payment.Status.PENDING).first()
    if found is not None:
        if found.expires_at - now >= LEAST_LEFT:
            return found
        if found.expires_at > now:
            raise PaymentRefused(
                _("This attempt is about to end. Wait two minutes, then begin again.")
            )
        # Its money, should it still come, is met by its number: it need not wait for that.
        found.status, found.closed_at = Payment.Status.CLOSED, now
        found.save(update_fields=["status", "closed_at"])
    return Payment.objects.create(
        merchant_id=order.merchant_id,
        **same,
        number=new_number("P"),
        amount=amount,
        notify_url=notify_url,
        created_at=now,
        expires_at=now + timedelta(minutes=chosen.minutes_to_pay),
        next_check_at=now + FIRST_CHECK,
    )
