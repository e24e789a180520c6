"""How a withdrawal moves money: each step one fact, posted once.

available → withdrawing when asked for; withdrawing → paid when paid; withdrawing → available when
rejected or failed, and from there to what the distributor owes.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.core.money import to_minor
from apps.ledger.models import Account, Transfer
from apps.ledger.services import AccountRef, Posting, lock_wallets, post_transfers
from apps.payouts.models import Withdrawal
from apps.payouts.services.refusals import PayoutRefused

Kind = Account.Kind
DOCUMENT_TYPE = "withdrawal"


def set_aside(withdrawal: Withdrawal, at: datetime) -> None:
    """available → withdrawing. Raises PayoutRefused while there is debt, InsufficientBalance."""
    accounts = _lock(withdrawal)
    if accounts[_account(withdrawal, Kind.DEBT)].balance:
        raise PayoutRefused(
            _("There is a debt from refunds. New earnings repay it first; then you can withdraw.")
        )
    _post(
        withdrawal,
        [
            _move(
                withdrawal, "request", Transfer.Kind.WITHDRAW, Kind.AVAILABLE, Kind.WITHDRAWING, at
            )
        ],
    )


def pay_out(withdrawal: Withdrawal, at: datetime) -> None:
    """withdrawing → paid."""
    _post(
        withdrawal, [_move(withdrawal, "paid", Transfer.Kind.PAY, Kind.WITHDRAWING, Kind.PAID, at)]
    )


def give_back(withdrawal: Withdrawal, at: datetime) -> None:
    """withdrawing → available, and on to the debt, if refunds have made one since."""
    accounts = _lock(withdrawal)
    postings = [
        _move(
            withdrawal,
            "return",
            Transfer.Kind.WITHDRAW_RETURN,
            Kind.WITHDRAWING,
            Kind.AVAILABLE,
            at,
        )
    ]
    debt = to_minor(accounts[_account(withdrawal, Kind.DEBT)].balance)
    if repaid := min(debt, to_minor(withdrawal.amount)):
        postings.append(
            _move(withdrawal, "repay", Transfer.Kind.REPAY, Kind.AVAILABLE, Kind.DEBT, at, repaid)
        )
    _post(withdrawal, postings)


def _lock(withdrawal: Withdrawal) -> dict[AccountRef, Account]:
    return lock_wallets(merchant=withdrawal.merchant, distributor_ids=[withdrawal.distributor_id])


def _account(withdrawal: Withdrawal, kind: str) -> AccountRef:
    return AccountRef(kind, withdrawal.distributor_id)


def _move(
    withdrawal: Withdrawal,
    step: str,
    kind: str,
    source: str,
    target: str,
    at: datetime,
    amount: int | None = None,
) -> Posting:
    return Posting(
        key=f"withdrawal:{withdrawal.pk}:{step}",
        kind=kind,
        debit=_account(withdrawal, source),
        credit=_account(withdrawal, target),
        amount=to_minor(withdrawal.amount) if amount is None else amount,
        effective_at=at,
        document_type=DOCUMENT_TYPE,
        document_id=withdrawal.pk,
    )


def _post(withdrawal: Withdrawal, postings: list[Posting]) -> None:
    post_transfers(merchant=withdrawal.merchant, postings=postings)
