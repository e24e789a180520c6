"""Payments of shop orders, whoever carries the money."""

from apps.payments.models.flags import PaymentFlag
from apps.payments.models.notices import PaymentNotice
from apps.payments.models.payments import ONLINE, Payment, Provider
from apps.payments.models.proofs import ProofFile, TransferProof
from apps.payments.models.refunds import PaymentRefund
from apps.payments.models.settings import PaymentSettings

__all__ = [
    "ONLINE",
    "Payment",
    "PaymentFlag",
    "PaymentNotice",
    "PaymentRefund",
    "PaymentSettings",
    "ProofFile",
    "Provider",
    "TransferProof",
]
