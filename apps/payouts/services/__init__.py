"""Every change of a payout account, withdrawal, batch or payout.

One lock order: batch, payout, withdrawal, then wallet accounts. A step locks its document first and
reads its state again, so that of two people who act at once one is refused.
"""

from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.bank_file import download_bank_file
from apps.payouts.services.batches import approve_batch, cancel_batch, make_batch
from apps.payouts.services.freezing import clear_freeze, freeze_payouts
from apps.payouts.services.refusals import PayoutRefused
from apps.payouts.services.settling import mark_payout_failed, mark_payout_paid
from apps.payouts.services.withdrawals import (
    approve_withdrawal,
    reject_withdrawal,
    request_withdrawal,
)

__all__ = [
    "PayoutRefused",
    "approve_batch",
    "approve_withdrawal",
    "cancel_batch",
    "clear_freeze",
    "download_bank_file",
    "freeze_payouts",
    "make_batch",
    "mark_payout_failed",
    "mark_payout_paid",
    "reject_withdrawal",
    "request_withdrawal",
    "save_payout_account",
]
