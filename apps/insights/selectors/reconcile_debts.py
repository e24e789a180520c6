"""The checks of debts given up, and of the whole that a wallet's accounts make."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, QuerySet, Sum

from apps.commissions.models import Commission
from apps.core.money import to_major, to_minor
from apps.distributors.models import Distributor
from apps.ledger.models import Account, Transfer
from apps.payouts.models import DebtWriteOff

Rows = Iterator[tuple]
APPROVED = DebtWriteOff.Status.APPROVED


def write_offs_equal_ledger(merchant) -> Rows:
    """Every approved write-off was posted once and in full, and nothing else was written off."""
    posted = dict(
        Transfer.objects.filter(merchant=merchant, kind=Transfer.Kind.WRITE_OFF)
        .order_by()
        .values("document_id")
        .annotate(total=Sum("amount", output_field=BigIntegerField()))
        .values_list("document_id", "total")
    )
    approved = {
        pk: to_minor(amount)
        for pk, amount in DebtWriteOff.objects.filter(
            merchant=merchant, status=APPROVED
        ).values_list("pk", "amount")
    }
    for pk in sorted(posted.keys() | approved.keys()):
        given_up, moved = approved.get(pk, 0), int(posted.get(pk, 0))
        if given_up != moved:
            yield f"write-off {pk}", f"approved {to_major(given_up)}, posted {to_major(moved)}"


def wallets_equal_commissions(merchant) -> Rows:
    """Per distributor: pending + available + withdrawing + paid − debt is all that was booked, less
    what was reversed, plus what was written off (invariant 5)."""
    booked = _per_person(Commission.objects.filter(merchant=merchant), "beneficiary")
    given_up = _per_person(
        DebtWriteOff.objects.filter(merchant=merchant, status=APPROVED), "distributor"
    )
    held: dict[int, int] = {}
    accounts = Account.objects.filter(merchant=merchant, wallet__isnull=False)
    for pk, kind, total in (
        accounts.order_by()
        .values("wallet__distributor", "kind")
        .annotate(total=Sum("balance", output_field=BigIntegerField()))
        .values_list("wallet__distributor", "kind", "total")
    ):
        held[pk] = held.get(pk, 0) + int(total) * (-1 if kind == Account.Kind.DEBT else 1)
    wrong = [
        pk
        for pk in held.keys() | booked.keys() | given_up.keys()
        if held.get(pk, 0) != booked.get(pk, 0) + given_up.get(pk, 0)
    ]
    codes = Distributor.objects.filter(pk__in=wrong).values_list("code", "pk")
    for code, pk in sorted(codes):
        expected = booked.get(pk, 0) + given_up.get(pk, 0)
        yield (
            f"distributor {code}",
            f"accounts hold {to_major(held.get(pk, 0))}, "
            f"commissions and write-offs make {to_major(expected)}",
        )


def _per_person(rows: QuerySet, person: str) -> dict[int, int]:
    total = Sum("amount", output_field=BigIntegerField())
    grouped = rows.order_by().values(person).annotate(total=total)
    return {pk: int(minor) for pk, minor in grouped.values_list(person, "total")}
