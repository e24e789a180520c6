"""What the payout pages show."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apps.core.fields import MoneyField
from apps.distributors.models import Distributor
from apps.payouts.models import DebtWriteOff, PayoutAccount, Withdrawal

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Withdrawals that await review: how many, and how much together in major units."""

    count: int
    amount: Decimal


def current_payout_account(distributor: Distributor) -> PayoutAccount | None:
    """Where the next withdrawal would be paid to."""
    return PayoutAccount.objects.filter(distributor=distributor, is_current=True).first()


def review_queue(*, merchant) -> ReviewQueue:
    """What finance has to review."""
    waiting = Withdrawal.objects.filter(merchant=merchant, status=Withdrawal.Status.SUBMITTED)
    found = waiting.aggregate(count=Count("pk"), amount=Sum("amount"))
    return ReviewQueue(count=found["count"], amount=found["amount"] or NOTHING)


def open_write_off(distributor: Distributor) -> DebtWriteOff | None:
    """The proposal to give this person's debt up that awaits approval."""
    found = DebtWriteOff.objects.filter(distributor=distributor)
    return found.filter(status=DebtWriteOff.Status.PROPOSED).first()


def written_off(distributor: Distributor) -> Coalesce:
    """What was ever given up of this person's debts, as an expression to annotate with."""
    approved = DebtWriteOff.objects.filter(
        distributor=distributor, status=DebtWriteOff.Status.APPROVED
    )
    total = approved.order_by().values("distributor").annotate(sum=Sum("amount")).values("sum")
    money = MoneyField()
    return Coalesce(
        Subquery(total, output_field=money), Value(NOTHING, output_field=money), output_field=money
    )
