"""Money in wallets without orders, and what the books say of it."""

import itertools

from django.utils import timezone

from apps.core.money import to_minor
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer
from apps.ledger.selectors import wallet_balances
from apps.ledger.services import COMMISSION_EXPENSE, AccountRef, Posting, post_transfers

Kind = Account.Kind
_numbers = itertools.count(1)


def fund(distributor, amount, kind=Kind.AVAILABLE, at=None) -> None:
    """Commission expense → the distributor's account."""
    _post(Transfer.Kind.EARN, COMMISSION_EXPENSE, AccountRef(kind, distributor.pk), amount, at)


def incur_debt(distributor, amount, at=None) -> None:
    """A claw-back that the available balance could not bear."""
    _post(Transfer.Kind.DEBT, AccountRef(Kind.DEBT, distributor.pk), COMMISSION_EXPENSE, amount, at)


def _post(kind, debit, credit, amount, at) -> None:
    number = next(_numbers)
    owner = Distributor.objects.get(pk=debit.distributor_id or credit.distributor_id)
    posting = Posting(
        key=f"test:{number}",
        kind=kind,
        debit=debit,
        credit=credit,
        amount=to_minor(amount),
        effective_at=at or timezone.now(),
        document_type="test",
        document_id=number,
    )
    post_transfers(merchant=owner.merchant, postings=[posting])


def books(distributor) -> dict[str, str]:
    """The balances that are not zero."""
    return {kind: str(amount) for kind, amount in wallet_balances(distributor).items() if amount}


def movements() -> list[tuple[str, str, str, str]]:
    """(key, from, to, amount) of every withdrawal's transfers, oldest first."""
    transfers = Transfer.objects.filter(document_type="withdrawal").order_by("pk")
    return [
        (each.key, each.debit_account.kind, each.credit_account.kind, str(each.amount))
        for each in transfers.select_related("debit_account", "credit_account")
    ]
