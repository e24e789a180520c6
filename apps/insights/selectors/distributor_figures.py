"""One distributor's money and team, for their home page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from apps.commissions.models import Commission
from apps.distributors.models import Distributor
from apps.insights.selectors.daily import CHART_DAYS, NOTHING, Daily, Series, per_day, series
from apps.insights.selectors.periods import start_of_day
from apps.ledger.models import Account
from apps.ledger.selectors import wallet_balances

Kind = Account.Kind


@dataclass(frozen=True, slots=True)
class DistributorFigures:
    """What a distributor has earned and who is in their team. Money in major units.

    `today`, `yesterday` and `earnings_series` (30 days, today included) are what was earned minus
    what was reversed on each day of the merchant; `lifetime` is the same over all time. `direct`
    and `team` count people who have not been terminated, the distributor not included.
    """

    today: Decimal
    yesterday: Decimal
    pending: Decimal
    available: Decimal
    withdrawing: Decimal
    paid: Decimal
    debt: Decimal
    lifetime: Decimal
    earnings_series: Series
    direct: int
    team: int


def distributor_figures(
    distributor: Distributor, *, now: datetime | None = None
) -> DistributorFigures:
    """The figures of a distributor's home page as of `now`, in four queries."""
    zone = distributor.merchant.zone
    today = (now or timezone.now()).astimezone(zone).date()
    daily = _earned_per_day(
        distributor,
        start_of_day(zone, today - timedelta(days=CHART_DAYS - 1)),
        start_of_day(zone, today + timedelta(days=1)),
        zone,
    )
    booked = Commission.objects.filter(beneficiary=distributor)
    balances = wallet_balances(distributor)
    direct, team = _team_counts(distributor)
    return DistributorFigures(
        today=daily.get(today, NOTHING),
        yesterday=daily.get(today - timedelta(days=1), NOTHING),
        pending=balances[Kind.PENDING],
        available=balances[Kind.AVAILABLE],
        withdrawing=balances[Kind.WITHDRAWING],
        paid=balances[Kind.PAID],
        debt=balances[Kind.DEBT],
        lifetime=booked.aggregate(total=Sum("amount"))["total"] or NOTHING,
        earnings_series=series(daily, today),
        direct=direct,
        team=team,
    )


def _earned_per_day(distributor: Distributor, start: datetime, end: datetime, zone) -> Daily:
    earned = Commission.objects.filter(
        beneficiary=distributor, earned_at__gte=start, earned_at__lt=end
    )
    return per_day(earned, "earned_at", Sum("amount"), zone)


def _team_counts(distributor: Distributor) -> tuple[int, int]:
    below = Distributor.objects.filter(
        tree_id=distributor.tree_id, lft__gt=distributor.lft, rght__lt=distributor.rght
    ).exclude(status=Distributor.Status.TERMINATED)
    counts = below.order_by().aggregate(
        direct=Count("pk", filter=Q(parent=distributor)), team=Count("pk")
    )
    return counts["direct"], counts["team"]
