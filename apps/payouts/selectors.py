"""What the payout pages show."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from apps.distributors.models import Distributor
from apps.payouts.models import PayoutAccount, Withdrawal

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
