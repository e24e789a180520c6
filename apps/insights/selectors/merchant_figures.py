"""The merchant's day at a glance, for the console's home page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone

from apps.commissions.models import Commission
from apps.insights.selectors.daily import CHART_DAYS, NOTHING, Daily, Series, per_day, series, total
from apps.insights.selectors.periods import start_of_day
from apps.ledger.models import Account
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund
from apps.payouts.selectors import ReviewQueue, review_queue


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """A period's business, money in major units. Each fact counts on its own day (design §5, 9).

    `orders` and `sales` are of orders paid in the period and not cancelled, before refunds;
    `refunds` were given back in it; `commission` is what was earned minus what was reversed in it.
    """

    orders: int
    sales: Decimal
    refunds: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class MerchantFigures:
    """Today, this month, what is owed to distributors, and the last 30 days, today included.

    Days are the merchant's. `sales_series` is before refunds, as `PeriodFigures.sales`.
    """

    today: PeriodFigures
    month: PeriodFigures
    pending: Decimal
    available: Decimal
    withdrawing: Decimal
    review: ReviewQueue
    sales_series: Series
    commission_series: Series


@dataclass(frozen=True, slots=True)
class _Days:
    orders: dict[date, int]
    sales: Daily
    refunds: Daily
    commission: Daily

    def over(self, days: list[date]) -> PeriodFigures:
        return PeriodFigures(
            orders=sum(self.orders.get(day, 0) for day in days),
            sales=total(self.sales, days),
            refunds=total(self.refunds, days),
            commission=total(self.commission, days),
        )


def merchant_figures(*, merchant, now: datetime | None = None) -> MerchantFigures:
    """The figures of the console's home page as of `now`, in six queries at any size."""
    today = (now or timezone.now()).astimezone(merchant.zone).date()
    month = [today.replace(day=1) + timedelta(n) for n in range(today.day)]
    first = min(month[0], today - timedelta(days=CHART_DAYS - 1))
    days = _days(
        merchant,
        start_of_day(merchant.zone, first),
        start_of_day(merchant.zone, today + timedelta(1)),
    )
    owed = _owed(merchant)
    return MerchantFigures(
        today=days.over([today]),
        month=days.over(month),
        pending=owed.get(Account.Kind.PENDING, NOTHING),
        available=owed.get(Account.Kind.AVAILABLE, NOTHING),
        withdrawing=owed.get(Account.Kind.WITHDRAWING, NOTHING),
        review=review_queue(merchant=merchant),
        sales_series=series(days.sales, today),
        commission_series=series(days.commission, today),
    )


def _days(merchant, start: datetime, end: datetime) -> _Days:
    paid_orders = Order.objects.filter(
        merchant=merchant, status__in=SOLD_STATUSES, paid_at__gte=start, paid_at__lt=end
    )
    paid_lines = OrderLine.objects.filter(
        merchant=merchant,
        order__status__in=SOLD_STATUSES,
        order__paid_at__gte=start,
        order__paid_at__lt=end,
    )
    refunds = Refund.objects.filter(
        merchant=merchant,
        status=Refund.Status.REFUNDED,
        refunded_at__gte=start,
        refunded_at__lt=end,
        order_line__order__status__in=SOLD_STATUSES,
    )
    earned = Commission.objects.filter(merchant=merchant, earned_at__gte=start, earned_at__lt=end)
    zone = merchant.zone
    return _Days(
        orders=per_day(paid_orders, "paid_at", Count("pk"), zone),
        sales=per_day(paid_lines, "order__paid_at", Sum("paid_amount"), zone),
        refunds=per_day(refunds, "refunded_at", Sum("amount"), zone),
        commission=per_day(earned, "earned_at", Sum("amount"), zone),
    )


def _owed(merchant) -> dict[str, Decimal]:
    accounts = Account.objects.filter(merchant=merchant, wallet__isnull=False)
    grouped = accounts.order_by().values("kind").annotate(total=Sum("balance"))
    return dict(grouped.values_list("kind", "total"))
