"""The only way money moves: posting transfers (design §4).

Amounts here are integers in minor units; a transfer moves money from its debit to its credit
account.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import Refused
from apps.core.money import to_major, to_minor
from apps.ledger.models import WALLET_KINDS, Account, Transfer, Wallet

Kind = Account.Kind


class InsufficientBalance(Refused):
    """A wallet account would fall below zero."""


class KeyReused(Exception):
    """The key was posted before with another payload: two facts claim to be one."""


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by what it is: a distributor's, or the merchant's own when there is none."""

    kind: str
    distributor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A transfer to be. `key` is built from the fact it records, so that it posts once.

    `amount` is in minor units, above zero; `effective_at` is when the fact took place.
    """

    key: str
    kind: str
    debit: AccountRef
    credit: AccountRef
    amount: int
    effective_at: datetime
    document_type: str
    document_id: int


COMMISSION_EXPENSE = AccountRef(Kind.COMMISSION_EXPENSE)


@transaction.atomic
def open_wallets(*, merchant, distributor_ids: Iterable[int]) -> dict[int, int]:
    """Make sure each distributor has a wallet with all its accounts; distributor id → wallet id."""
    wanted = set(distributor_ids)
    wallets = _wallet_ids(wanted)
    missing = wanted - wallets.keys()
    if missing:
        Wallet.objects.bulk_create(
            [Wallet(merchant=merchant, distributor_id=each) for each in sorted(missing)],
            ignore_conflicts=True,
        )
        wallets = _wallet_ids(wanted)
        Account.objects.bulk_create(
            [
                Account(
                    merchant=merchant,
                    wallet_id=wallets[each],
                    kind=kind,
                    currency=merchant.currency,
                    balance=0,
                )
                for each in sorted(missing)
                for kind in WALLET_KINDS
            ],
            ignore_conflicts=True,
        )
    return wallets


def _wallet_ids(distributor_ids: set[int]) -> dict[int, int]:
    rows = Wallet.objects.filter(distributor_id__in=distributor_ids)
    return dict(rows.values_list("distributor_id", "pk"))


def lock_wallets(*, merchant, distributor_ids: Iterable[int]) -> dict[AccountRef, Account]:
    """Open and lock the distributors' accounts until commit; call inside a transaction.

    They are locked in id order everywhere, so that two transactions never wait for each other.
    """
    wallets = open_wallets(merchant=merchant, distributor_ids=distributor_ids)
    owners = {wallet_id: distributor_id for distributor_id, wallet_id in wallets.items()}
    accounts = Account.objects.select_for_update().filter(wallet_id__in=owners).order_by("pk")
    return {AccountRef(each.kind, owners[each.wallet_id]): each for each in accounts}


@transaction.atomic
def post_transfers(*, merchant, postings: Sequence[Posting]) -> int:
    """Post what has not been posted yet and move the balances; returns how many were new.

    Raises InsufficientBalance when a wallet account would fall below zero, KeyReused when a key
    stands for another payload. Then nothing at all is changed.
    """
    if not postings:
        return 0
    people = {ref.distributor_id for each in postings for ref in (each.debit, each.credit)} - {None}
    accounts = lock_wallets(merchant=merchant, distributor_ids=people)
    accounts |= _merchant_accounts(merchant, postings)
    fresh = _not_yet_posted(merchant, postings, accounts)
    if fresh:
        _move_balances(fresh, accounts)
        Transfer.objects.bulk_create(
            [_transfer(merchant, each, accounts) for each in fresh], batch_size=5000
        )
    return len(fresh)


def _merchant_accounts(merchant, postings: Sequence[Posting]) -> dict[AccountRef, Account]:
    refs = {
        ref for each in postings for ref in (each.debit, each.credit) if ref.distributor_id is None
    }
    found = {}
    for ref in refs:
        found[ref], _created = Account.objects.get_or_create(
            merchant=merchant, wallet=None, kind=ref.kind, defaults={"currency": merchant.currency}
        )
    return found


def _not_yet_posted(merchant, postings, accounts) -> list[Posting]:
    keys = [each.key for each in postings]
    if len(set(keys)) != len(keys):
        raise KeyReused("One batch carries the same key twice.")
    posted = {
        row[0]: row[1:]
        for row in Transfer.objects.filter(merchant=merchant, key__in=keys).values_list(
            "key",
            "kind",
            "debit_account_id",
            "credit_account_id",
            "amount",
            "document_type",
            "document_id",
        )
    }
    fresh = []
    for each in postings:
        if each.key not in posted:
            fresh.append(each)
            continue
        kind, debit_id, credit_id, amount, document_type, document_id = posted[each.key]
        before = (kind, debit_id, credit_id, to_minor(amount), document_type, document_id)
        now = (
            each.kind,
            accounts[each.debit].pk,
            accounts[each.credit].pk,
            each.amount,
            each.document_type,
            each.document_id,
        )
        if before != now:
            raise KeyReused(f"“{each.key}” was posted before with another content.")
    return fresh


def _move_balances(postings: Sequence[Posting], accounts: dict[AccountRef, Account]) -> None:
    changes: dict[AccountRef, int] = defaultdict(int)
    for each in postings:
        changes[each.debit] -= each.amount * _sign(each.debit)
        changes[each.credit] += each.amount * _sign(each.credit)
    updates = []
    for ref, change in changes.items():
        if ref.distributor_id is None or not change:
            continue
        if to_minor(accounts[ref].balance) + change < 0:
            raise InsufficientBalance(_("The balance is not enough for this."))
        updates.append((change, accounts[ref].pk))
    if updates:
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE ledger_account SET balance = balance + %s WHERE id = %s",
                sorted(updates, key=lambda update: update[1]),
            )


def _sign(ref: AccountRef) -> int:
    """What is owed to a person grows with credits; what they owe grows with debits."""
    return -1 if ref.kind == Kind.DEBT else 1


def _transfer(merchant, posting: Posting, accounts: dict[AccountRef, Account]) -> Transfer:
    return Transfer(
        merchant=merchant,
        key=posting.key,
        kind=posting.kind,
        debit_account=accounts[posting.debit],
        credit_account=accounts[posting.credit],
        amount=to_major(posting.amount),
        effective_at=posting.effective_at,
        document_type=posting.document_type,
        document_id=posting.document_id,
    )
