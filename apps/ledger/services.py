"""The only way money moves: posting transfers (design §4).

Amounts here are integers in minor units; a transfer moves money from its debit to its credit
account.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.bulk import (
    add_to_column,
    any_of,
    array_text,
    insert_rows,
    json_text,
    listed,
    stored_integer,
)
from apps.core.errors import Refused
from apps.core.money import to_minor
from apps.ledger.models import WALLET_KINDS, Account, Transfer, Wallet

Kind = Account.Kind


class InsufficientBalance(Refused):
    """A wallet account would fall below zero."""


class KeyReused(Exception):
    """The key was posted before with another payload: two facts claim to be one."""


class AccountRef(NamedTuple):
    """An account by what it is: a distributor's, or the merchant's own when there is none."""

    kind: str
    distributor_id: int | None = None


class Posting(NamedTuple):
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


class LockedAccount(NamedTuple):
    """An account's id and, in minor units, its balance; None for the merchant's own."""

    id: int
    balance: int | None


COMMISSION_EXPENSE = AccountRef(Kind.COMMISSION_EXPENSE)
FEW = 20
TRANSFER_COLUMNS = (
    "merchant_id",
    "key",
    "kind",
    "debit_account_id",
    "credit_account_id",
    "amount",
    "effective_at",
    "document_type",
    "document_id",
    "created_at",
)

# Owner by owner through the indexes: left to themselves, planners without statistics compare every
# account with every owner.
ACCOUNT_IDS_POSTGRESQL = """
    SELECT unnest(ARRAY(
        SELECT found.id
        FROM unnest(%s::bigint[]) AS owner(value) CROSS JOIN LATERAL (
            SELECT account.id FROM {accounts} AND account.kind = ANY(%s)
            OFFSET 0
        ) AS found
    ))
"""
ACCOUNT_IDS_SQLITE = """
    SELECT account.id FROM json_each(%s) AS owner CROSS JOIN {accounts}
    AND account.kind IN (SELECT value FROM json_each(%s))
"""
ACCOUNTS_OF_WALLET = "ledger_account AS account WHERE account.wallet_id = owner.value"
ACCOUNTS_OF_PERSON = """
    ledger_wallet AS wallet JOIN ledger_account AS account ON account.wallet_id = wallet.id
    WHERE wallet.distributor_id = owner.value
"""


@transaction.atomic
def open_wallets(*, merchant, distributor_ids: Iterable[int]) -> dict[int, int]:
    """Make sure each distributor has a wallet with all its accounts; distributor id → wallet id."""
    wanted = set(distributor_ids)
    wallets = _wallet_ids(wanted)
    missing = sorted(wanted - wallets.keys())
    if missing:
        anyone, ids = listed(missing)
        kinds = ", ".join(f"('{kind}')" for kind in WALLET_KINDS)
        with connection.cursor() as cursor:
            # In one order everywhere: two that open the same wallets do not wait for each other.
            cursor.execute(
                f"""
                INSERT INTO ledger_wallet (merchant_id, distributor_id)
                SELECT %s, id FROM distributors_distributor WHERE id IN {anyone} ORDER BY id
                ON CONFLICT DO NOTHING
                """,  # noqa: S608 - kinds are our own, values parameters
                [merchant.pk, ids],
            )
            cursor.execute(
                f"""
                INSERT INTO ledger_account (merchant_id, wallet_id, kind, currency, balance)
                SELECT %s, wallet.id, kinds.column1, %s, 0
                FROM ledger_wallet AS wallet CROSS JOIN (VALUES {kinds}) AS kinds
                WHERE wallet.distributor_id IN {anyone} ORDER BY wallet.id, kinds.column1
                ON CONFLICT DO NOTHING
                """,  # noqa: S608 - kinds are our own, values parameters
                [merchant.pk, merchant.currency, ids],
            )
        wallets = _wallet_ids(wanted)
    return wallets


def _wallet_ids(distributor_ids: set[int]) -> dict[int, int]:
    rows = Wallet.objects.filter(distributor_id__in=any_of(distributor_ids))
    return dict(rows.values_list("distributor_id", "pk"))


def lock_wallets(*, merchant, distributor_ids: Iterable[int]) -> dict[AccountRef, Account]:
    """Open and lock the distributors' accounts until commit; call inside a transaction.

    They are locked in id order everywhere, so that two transactions never wait for each other.
    """
    wallets = open_wallets(merchant=merchant, distributor_ids=distributor_ids)
    owners = {wallet_id: distributor_id for distributor_id, wallet_id in wallets.items()}
    accounts = Account.objects.select_for_update().filter(wallet_id__in=owners).order_by("pk")
    return {AccountRef(each.kind, owners[each.wallet_id]): each for each in accounts}


def post_transfers(*, merchant, postings: Sequence[Posting], are_new: bool = False) -> int:
    """Post what has not been posted yet and move the balances; returns how many were new.

    `are_new`: the documents were made in this very transaction, so nothing can have been posted for
    them; the unique key still has the last word. Raises InsufficientBalance when a wallet account
    would fall below zero, KeyReused when a key stands for another payload. Then nothing at all is
    changed: everything is checked, under locks, before the first balance moves.
    """
    if not postings:
        return 0
    # Inside a caller's transaction no savepoint is needed: see above.
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _post(merchant, postings, are_new)


def _post(merchant, postings: Sequence[Posting], are_new: bool) -> int:
    accounts = _lock_accounts(
        merchant, {ref for each in postings for ref in (each.debit, each.credit)}
    )
    fresh = postings if are_new else _not_yet_posted(merchant, postings, accounts)
    if fresh:
        _move_balances(fresh, accounts)
        merchant_id, now = merchant.pk, timezone.now()
        insert_rows(
            Transfer,
            TRANSFER_COLUMNS,
            (
                (
                    merchant_id,
                    each.key,
                    str(each.kind),
                    accounts[each.debit].id,
                    accounts[each.credit].id,
                    each.amount,
                    each.effective_at,
                    each.document_type,
                    each.document_id,
                    now,
                )
                for each in fresh
            ),
        )
    return len(fresh)


def _lock_accounts(merchant, refs: set[AccountRef]) -> dict[AccountRef, LockedAccount]:
    """Accounts by what they are; those of wallets locked, in id order."""
    own = [ref for ref in refs if ref.distributor_id is None]
    of_people = refs.difference(own)
    people = {ref.distributor_id for ref in of_people}
    # Among many somebody is nearly always new: looking first is one statement, locking twice costs
    # far more. Few have mostly earned before.
    wallets = None
    if len(people) > FEW:
        wallets = open_wallets(merchant=merchant, distributor_ids=people)
    found = _lock_wallet_accounts(merchant, of_people, own, wallets) if of_people else {}
    if not of_people <= found.keys():
        wallets = open_wallets(merchant=merchant, distributor_ids=people)
        found = _lock_wallet_accounts(merchant, of_people, own, wallets)
    for ref in own:
        if ref not in found:
            account, _created = Account.objects.get_or_create(
                merchant=merchant,
                wallet=None,
                kind=ref.kind,
                defaults={"currency": merchant.currency},
            )
            found[ref] = LockedAccount(account.pk, None)
    return found


def _lock_wallet_accounts(
    merchant,
    refs: set[AccountRef],
    own: Sequence[AccountRef],
    wallets: Mapping[int, int] | None,
) -> dict[AccountRef, LockedAccount]:
    """Lock the accounts of wallets that exist; tells the merchant's own in the same query.

    `wallets`: distributor id → wallet id, where the caller knows them.
    """
    own_ids = {
        f"own_{number}": Subquery(
            Account.objects.filter(merchant=merchant, wallet=None, kind=ref.kind).values("pk")
        )
        for number, ref in enumerate(own)
    }
    people = {ref.distributor_id for ref in refs}
    kinds = sorted({ref.kind for ref in refs})
    if wallets is None:
        owner, ids = "wallet__distributor_id", _account_ids(ACCOUNTS_OF_PERSON, people, kinds)
        person_of = {each: each for each in people}
    else:
        owner, ids = "wallet_id", _account_ids(ACCOUNTS_OF_WALLET, wallets.values(), kinds)
        person_of = {wallet: person for person, wallet in wallets.items()}
    rows = (
        Account.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("pk", "kind", owner, stored_integer("balance"), *own_ids.values())
    )
    found = {}
    for pk, kind, owner_id, balance, *own_pks in rows:
        found[AccountRef(kind, person_of[owner_id])] = LockedAccount(pk, balance)
        for ref, own_pk in zip(own, own_pks, strict=True):
            if own_pk is not None:
                found[ref] = LockedAccount(own_pk, None)
    return found


def _account_ids(accounts: str, owners: Iterable[int], kinds: list[str]) -> RawSQL:
    """For `pk__in`: the accounts of these kinds that wallets, or distributors, have."""
    if connection.vendor == "postgresql":
        sql, values = ACCOUNT_IDS_POSTGRESQL, [array_text(owners), kinds]
    else:
        sql, values = ACCOUNT_IDS_SQLITE, [json_text(list(owners)), json_text(kinds)]
    return RawSQL(sql.format(accounts=accounts), values)  # noqa: S611 - constants and parameters


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
            accounts[each.debit].id,
            accounts[each.credit].id,
            each.amount,
            each.document_type,
            each.document_id,
        )
        if before != now:
            raise KeyReused(f"“{each.key}” was posted before with another content.")
    return fresh


def _move_balances(postings: Sequence[Posting], accounts: dict[AccountRef, LockedAccount]) -> None:
    changes: dict[AccountRef, int] = defaultdict(int)
    for each in postings:
        changes[each.debit] -= each.amount * _sign(each.debit)
        changes[each.credit] += each.amount * _sign(each.credit)
    moved = [
        (accounts[ref], change)
        for ref, change in changes.items()
        if ref.distributor_id is not None and change
    ]
    if any(account.balance + change < 0 for account, change in moved):
        raise InsufficientBalance(_("The balance is not enough for this."))
    add_to_column(Account, "balance", {account.id: change for account, change in moved})


def _sign(ref: AccountRef) -> int:
    """What is owed to a person grows with credits; what they owe grows with debits."""
    return -1 if ref.kind == Kind.DEBT else 1
