"""Everybody's balances, now or as they stood at a moment."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import BigIntegerField, QuerySet, Sum

from apps.commissions.models import Commission
from apps.core.money import to_major
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer

KINDS = ("pending", "available", "withdrawing", "paid", "debt")
BALANCES_HEADER = ("code", *KINDS, "lifetime")

# (distributor id, account kind) → minor units
Balances = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One person's balances in major units; `lifetime` = all ever booked − all ever reversed."""

    distributor_id: int
    code: str
    pending: Decimal
    available: Decimal
    withdrawing: Decimal
    paid: Decimal
    debt: Decimal
    lifetime: Decimal

    def cells(self) -> tuple:
        """The row as BALANCES_HEADER names it."""
        amounts = (
            self.pending,
            self.available,
            self.withdrawing,
            self.paid,
            self.debt,
            self.lifetime,
        )
        return (self.code, *amounts)


def balances(*, merchant, as_of: datetime | None = None) -> Iterator[BalanceRow]:
    """Everybody's balances by code, zeros too: as stored, or as the transfers up to `as_of` add up.

    Reads at once, in a fixed number of queries, and yields rows one by one.
    """
    people = Distributor.objects.filter(merchant=merchant).values_list("code", "pk").order_by()
    standing = _stored(merchant) if as_of is None else _added_up(merchant, as_of)
    return _rows(sorted(people.iterator()), standing, _lifetimes(merchant, as_of))


def _rows(
    people: list[tuple[str, int]], standing: Balances, lifetimes: dict[int, int]
) -> Iterator[BalanceRow]:
    for code, pk in people:
        amounts = {kind: to_major(standing.get((pk, kind), 0)) for kind in KINDS}
        yield BalanceRow(pk, code, **amounts, lifetime=to_major(lifetimes.get(pk, 0)))


def _stored(merchant) -> Balances:
    accounts = Account.objects.filter(merchant=merchant, wallet__isnull=False)
    return _totals(accounts, "wallet__distributor", "kind", "balance")


def _added_up(merchant, as_of: datetime) -> Balances:
    """What is owed to a person grows with credits, what they owe (debt) with debits."""
    standing: Balances = defaultdict(int)
    transfers = Transfer.objects.filter(merchant=merchant, effective_at__lte=as_of)
    for side, sign in (("credit_account", 1), ("debit_account", -1)):
        of_wallets = transfers.filter(**{f"{side}__wallet__isnull": False})
        moved = _totals(of_wallets, f"{side}__wallet__distributor", f"{side}__kind", "amount")
        for (pk, kind), amount in moved.items():
            standing[pk, kind] += amount * (-sign if kind == Account.Kind.DEBT else sign)
    return standing


def _totals(rows: QuerySet, person: str, kind: str, amount: str) -> Balances:
    total = Sum(amount, output_field=BigIntegerField())
    grouped = rows.order_by().values(person, kind).annotate(total=total)
    return {
        (pk, each): int(minor)
        for pk, each, minor in grouped.values_list(person, kind, "total").iterator()
    }


def _lifetimes(merchant, as_of: datetime | None) -> dict[int, int]:
    booked = Commission.objects.filter(merchant=merchant)
    if as_of is not None:
        booked = booked.filter(earned_at__lte=as_of)
    grouped = (
        booked.order_by()
        .values("beneficiary")
        .annotate(total=Sum("amount", output_field=BigIntegerField()))
    )
    return {pk: int(total) for pk, total in grouped.values_list("beneficiary", "total").iterator()}
