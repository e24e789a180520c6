"""The check of debts given up."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, Sum

from apps.core.money import to_major, to_minor
from apps.ledger.models import Transfer
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
