"""Debt (欠款) and its age: what refunds took back and the available balance could not bear.

Debt is repaid first in, first out. So what is open of it are the newest debt transfers that make up
the balance together, and its age is that of the oldest of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import BigIntegerField, F, QuerySet, RowRange, Sum, Value, Window
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.commissions.models import Commission
from apps.core.money import to_major, to_minor
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer

NOTHING = Decimal("0.00")
# The last day of each bucket but the open one at the end: 0–30, 31–90, 91 days and more.
BUCKET_ENDS = (30, 90)
COMMISSION = "commission"


@dataclass(slots=True)
class Debtor:
    """Somebody's open debt in major units; `buckets` by age: 0–30, 31–90, 91 days and more."""

    distributor_id: int
    code: str
    name: str
    debt: Decimal
    since: datetime
    days: int
    buckets: list[Decimal] = field(default_factory=lambda: [NOTHING] * 3)


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """One debt transfer not repaid yet: its amount, what is open of it, and what caused it."""

    at: datetime
    days: int
    amount: Decimal
    left: Decimal
    # The claw-back with its refund and order; None where the transfer names no commission.
    commission: Commission | None


def debtors(*, merchant, search: str = "", now: datetime | None = None) -> list[Debtor]:
    """Everybody who owes, the oldest debt first, then by code; one query at any size.

    Ages are in whole days of the merchant's time zone up to `now`. With `search`, those whose code
    or name contains it.
    """
    today = _today(merchant, now)
    found: dict[int, Debtor] = {}
    pieces = _open_transfers(merchant).values_list(
        "debit_account__wallet__distributor",
        "debit_account__wallet__distributor__code",
        "debit_account__wallet__distributor__name",
        "debit_account__balance",
        "effective_at",
        "amount",
        "newer",
    )
    wanted = search.strip().lower()
    for pk, code, name, balance, at, amount, newer in pieces.iterator():
        if wanted not in code.lower() and wanted not in name.lower():
            continue
        days = _age(merchant, at, today)
        # Newest first, so that the last one seen is the oldest.
        debtor = found.setdefault(pk, Debtor(pk, code, name, balance, at, days))
        debtor.since, debtor.days = at, days
        debtor.buckets[_bucket(days)] += _left(balance, amount, newer)
    return sorted(found.values(), key=lambda each: (each.since, each.code))


def bucket_totals(found: Iterable[Debtor]) -> list[Decimal]:
    """What these people owe together, by age."""
    totals = [NOTHING] * (len(BUCKET_ENDS) + 1)
    for debtor in found:
        totals = [sum(pair) for pair in zip(totals, debtor.buckets, strict=True)]
    return totals


def open_debts(
    *, distributor: Distributor, merchant, now: datetime | None = None
) -> Sequence[OpenDebt]:
    """What one distributor owes, the oldest first, with the refund behind each. Two queries."""
    today = _today(merchant, now)
    transfers = list(
        _open_transfers(merchant)
        .filter(debit_account__wallet__distributor=distributor)
        .annotate(balance=F("debit_account__balance"))
    )
    causes = _causes(transfers) if transfers else {}
    return [
        OpenDebt(
            at=each.effective_at,
            days=_age(merchant, each.effective_at, today),
            amount=each.amount,
            left=_left(each.balance, each.amount, each.newer),
            commission=causes.get(each.document_id) if each.document_type == COMMISSION else None,
        )
        for each in reversed(transfers)
    ]


def _open_transfers(merchant) -> QuerySet[Transfer]:
    """Debt transfers not repaid in full, newest first, each with the sum of the `newer` ones."""
    newer = Window(
        Sum("amount", output_field=BigIntegerField()),
        partition_by="debit_account",
        order_by=[F("effective_at").desc(), F("pk").desc()],
        frame=RowRange(start=None, end=-1),
    )
    nothing = Value(0, output_field=BigIntegerField())
    return (
        Transfer.objects.filter(
            merchant=merchant,
            debit_account__kind=Account.Kind.DEBT,
            debit_account__balance__gt=0,
        )
        .annotate(newer=Coalesce(newer, nothing))
        .filter(newer__lt=F("debit_account__balance"))
        .order_by("-effective_at", "-pk")
    )


def _causes(transfers: Sequence[Transfer]) -> dict[int, Commission]:
    """Commission id → the claw-back with its refund and order."""
    ids = [each.document_id for each in transfers if each.document_type == COMMISSION]
    related = Commission.objects.select_related("refund", "order_line__order")
    return related.in_bulk(ids)


def _left(balance: Decimal, amount: Decimal, newer: int) -> Decimal:
    return min(amount, to_major(to_minor(balance) - int(newer)))


def _today(merchant, now: datetime | None) -> date:
    return (now or timezone.now()).astimezone(merchant.zone).date()


def _age(merchant, at: datetime, today: date) -> int:
    return (today - at.astimezone(merchant.zone).date()).days


def _bucket(days: int) -> int:
    return sum(days > end for end in BUCKET_ENDS)
