"""What pages show of payments. Nothing here changes anything."""

from dataclasses import dataclass

from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.models import (
    ONLINE,
    Payment,
    PaymentFlag,
    PaymentNotice,
    PaymentRefund,
    PaymentSettings,
    Provider,
    TransferProof,
)
from apps.payments.providers import configured

CURRENCY = "CNY"


def payment_settings(merchant: Merchant) -> PaymentSettings:
    """The merchant's settings as they are now; everything off, not stored, before the first."""
    newest = PaymentSettings.objects.filter(merchant=merchant).order_by("-pk").first()
    return newest or PaymentSettings(merchant=merchant)


def offered_providers(merchant: Merchant, chosen: PaymentSettings | None = None) -> list[str]:
    """Who may carry a customer's money here: switched on by the merchant, and with credentials."""
    chosen = chosen or payment_settings(merchant)
    is_on = {Provider.WECHAT: chosen.wechat_on, Provider.ALIPAY: chosen.alipay_on}
    found = [
        code.value
        for code in ONLINE
        if is_on[code] and configured(code) and merchant.currency == CURRENCY
    ]
    return [*found, Provider.OFFLINE.value] if chosen.transfer_on else found


def applied_payment(order: Order) -> Payment | None:
    """The payment that paid this order, if one did; an order confirmed by hand has none."""
    return Payment.objects.filter(order=order, is_applied=True).first()


@dataclass(frozen=True, slots=True)
class PaymentStory:
    """One payment with everything that came of it."""

    payment: Payment
    notices: list[PaymentNotice]
    refunds: list[PaymentRefund]
    flags: list[PaymentFlag]
    proof: TransferProof | None


def payment_story(payment: Payment) -> PaymentStory:
    """A payment's page in four queries; the newest 50 notices."""
    refunds = payment.refunds.select_related("order_refund", "flag", "asked_by")
    return PaymentStory(
        payment=payment,
        notices=list(payment.notices.order_by("-pk")[:50]),
        refunds=list(refunds.order_by("pk")),
        flags=list(payment.flags.select_related("resolved_by").order_by("pk")),
        proof=TransferProof.objects.filter(payment=payment).first(),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody."""

    flags: int
    proofs: int


def waiting_payments() -> Waiting:
    """Open flags and proofs nobody has looked at, over the active scope. Two queries."""
    return Waiting(
        flags=PaymentFlag.objects.filter(resolution=PaymentFlag.Resolution.OPEN).count(),
        proofs=TransferProof.objects.filter(status=TransferProof.Status.SUBMITTED).count(),
    )


def latest_proof(order: Order) -> TransferProof | None:
    """The newest proof of a transfer for this order."""
    return TransferProof.objects.filter(order=order).order_by("-pk").first()
