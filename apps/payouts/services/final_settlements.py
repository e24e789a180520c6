"""The end of a contract: everything available is paid out, whatever the minimum (清退结算)."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.distributors.models import Distributor
from apps.ledger.models import Account
from apps.ledger.services import AccountRef, lock_wallets
from apps.payouts.models import FinalSettlement, Withdrawal
from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.refusals import PayoutRefused, require_permission, require_reason
from apps.payouts.services.withdrawals import request_withdrawal

SETTLE = "payouts.add_finalsettlement"
Kind = Account.Kind


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """Where somebody wants to be paid who cannot say so on the site any more."""

    method: str
    holder_name: str
    bank_name: str
    number: str


@transaction.atomic
def settle_terminated(
    *,
    distributor: Distributor,
    reason: str,
    actor,
    request_key: str,
    account: AccountDetails | None = None,
) -> FinalSettlement:
    """Ask, for somebody terminated, that everything available be paid out; finance still reviews.

    `account`: where to, for somebody without a payout account. What is pending stays owed and is
    released in its time, then this is done once more. The same key returns what it made before.
    Raises PayoutRefused without the right or a reason, for people not terminated, without a payout
    account, and when nothing is available.
    """
    reason = require_reason(reason)
    # Read again, so that a person of another merchant is not found rather than paid.
    distributor = Distributor.objects.select_related("merchant").get(pk=distributor.pk)
    require_permission(actor, SETTLE, distributor.merchant)
    if distributor.status != Distributor.Status.TERMINATED:
        raise PayoutRefused(_("Only people who have been terminated are settled for good."))
    earlier = Withdrawal.objects.filter(distributor=distributor, request_key=request_key).first()
    if earlier is not None:
        return earlier.final_settlement
    if account is not None:
        save_payout_account(
            distributor=distributor,
            method=account.method,
            holder_name=account.holder_name,
            bank_name=account.bank_name,
            number=account.number,
        )
    accounts = lock_wallets(merchant=distributor.merchant, distributor_ids=[distributor.pk])
    available, pending, debt = (
        accounts[AccountRef(kind, distributor.pk)].balance
        for kind in (Kind.AVAILABLE, Kind.PENDING, Kind.DEBT)
    )
    if not available:
        raise PayoutRefused(_("Nothing is available to be paid out."))
    return FinalSettlement.objects.create(
        merchant=distributor.merchant,
        distributor=distributor,
        withdrawal=request_withdrawal(
            distributor=distributor, amount=available, request_key=request_key
        ),
        pending=pending,
        debt=debt,
        reason=reason,
        settled_by=actor,
    )
