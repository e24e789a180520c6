"""Every change of a payout account, withdrawal, batch, payout or write-off.

One lock order: batch, payout, withdrawal, then wallet accounts. A step locks its document first and
reads its state again, so that of two people who act at once one is refused.
"""

from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.bank_file import download_bank_file
from apps.payouts.services.batches import approve_batch, cancel_batch, make_batch
from apps.payouts.services.final_settlements import AccountDetails, settle_terminated
from apps.payouts.services.freezing import clear_freeze, freeze_payouts
from apps.payouts.services.refusals import PayoutRefused
from apps.payouts.services.settling import mark_payout_failed, mark_payout_paid
from apps.payouts.services.withdrawals import (
    approve_withdrawal,
    reject_withdrawal,
    request_withdrawal,
)
from apps.payouts.services.write_offs import (
    approve_write_off,
    propose_write_off,
    reject_write_off,
)

__all__ = [
    "AccountDetails",
    "PayoutRefused",
    "approve_batch",
    "approve_withdrawal",
    "approve_write_off",
    "cancel_batch",
    "clear_freeze",
    "download_bank_file",
    "freeze_payouts",
    "make_batch",
    "mark_payout_failed",
    "mark_payout_paid",
    "propose_write_off",
    "reject_withdrawal",
    "reject_write_off",
    "request_withdrawal",
    "save_payout_account",
    "settle_terminated",
]
