"""The return quota (退货权限) of a level: how much of what they bought a distributor may return."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from apps.commissions.selectors.level_figures import identifiers_of
from apps.core.money import percent_of, to_basis_points, to_major, to_minor
from apps.distributors.models import Distributor
from apps.orders.models import SOLD_STATUSES, Order, OrderLine, Refund

PERIOD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ReturnQuota:
    """`percent` of what was bought in the period may be returned. Money in major units."""

    percent: Decimal
    bought: Decimal
    returned: Decimal

    @property
    def allowed(self) -> Decimal:
        """The share of what was bought, rounded half up."""
        return to_major(percent_of(to_minor(self.bought), to_basis_points(self.percent)))

    @property
    def left(self) -> Decimal:
        """What may still be returned; nothing when more went back already."""
        return max(self.allowed - self.returned, Decimal("0.00"))


def return_quota_of(
    distributor: Distributor, *, at: datetime | None = None, leaving_out: Refund | None = None
) -> ReturnQuota | None:
    """What the person's level lets them return of their own purchases of the 365 days before `at`.

    Own purchases are orders whose customer is the person, by phone or code; a return counts with
    the order it is of, asked for or given back, but for the one left out. None where the level has
    no quota. Two queries. It is a right that the merchant grants: whether a return beyond it is
    taken is for the operator to say, and the law's own rights stand above it.
    """
    level = distributor.level
    if level is None or not level.return_quota:
        return None
    until = at or timezone.now()
    phone = str(distributor.phone) if distributor.phone else None
    lines = OrderLine.objects.filter(
        merchant=distributor.merchant_id,
        order__customer__identifier__in=identifiers_of(distributor.code, phone),
        order__status__in=SOLD_STATUSES,
        order__paid_at__gte=until - PERIOD,
        order__paid_at__lt=until,
    )
    returns = Refund.objects.filter(order_line__in=lines).exclude(status=Refund.Status.REJECTED)
    if leaving_out is not None:
        returns = returns.exclude(pk=leaving_out.pk)
    nothing = Decimal("0.00")
    return ReturnQuota(
        percent=level.return_quota,
        bought=lines.aggregate(total=Sum("paid_amount"))["total"] or nothing,
        returned=returns.aggregate(total=Sum("amount"))["total"] or nothing,
    )


def buyer_of(order: Order) -> Distributor | None:
    """The distributor whom the order's customer is, with their level; None for anybody else.

    The order carries its customer. One query.
    """
    identifier = order.customer.identifier
    by = {"phone": identifier} if identifier.startswith("+") else {"code": identifier}
    people = Distributor.objects.filter(merchant=order.merchant_id, **by)
    return people.select_related("level").first()
