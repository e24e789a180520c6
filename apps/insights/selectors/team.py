"""One person's team: how many people, and what they sold."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum

from apps.core.money import to_major
from apps.distributors.models import Distributor
from apps.insights.selectors.periods import day_bounds
from apps.orders.models import SOLD_STATUSES, OrderLine, Refund


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """People and net sales, in major units: own, of direct members, of everybody further below."""

    direct_count: int
    indirect_count: int
    own_sales: Decimal
    direct_sales: Decimal
    indirect_sales: Decimal

    @property
    def count(self) -> int:
        """Everybody below."""
        return self.direct_count + self.indirect_count

    @property
    def team_sales(self) -> Decimal:
        """As in the ranking: oneself and everybody below."""
        return self.own_sales + self.direct_sales + self.indirect_sales


def team_figures(*, distributor: Distributor, date_from: date, date_to: date) -> TeamFigures:
    """The team as it stands now, and its sales on these days, both included, net of refunds.

    Sales and refunds count as in the ranking (design §5 Exactly, 9 and 10). Three queries, however
    large the team is. Call inside the merchant's scope.
    """
    start, end = day_bounds(distributor.merchant.zone, date_from, date_to)
    below = Distributor.objects.filter(
        tree_id=distributor.tree_id, lft__gt=distributor.lft, rght__lt=distributor.rght
    )
    count = below.aggregate(
        direct=Count("pk", filter=Q(parent=distributor)),
        indirect=Count("pk", filter=~Q(parent=distributor)),
    )
    sales = _split(
        OrderLine.objects.filter(
            order__status__in=SOLD_STATUSES, order__paid_at__gte=start, order__paid_at__lt=end
        ),
        "order__attribution__distributor",
        "paid_amount",
        distributor,
    )
    refunds = _split(
        Refund.objects.filter(
            order_line__order__status__in=SOLD_STATUSES,
            status=Refund.Status.REFUNDED,
            refunded_at__gte=start,
            refunded_at__lt=end,
        ),
        "order_line__order__attribution__distributor",
        "amount",
        distributor,
    )
    return TeamFigures(
        direct_count=count["direct"],
        indirect_count=count["indirect"],
        **{name: to_major(sales[name] - refunds[name]) for name in sales},
    )


def _split(rows: QuerySet, seller: str, amount: str, head: Distributor) -> dict[str, int]:
    """Minor units by who sold: the head, their direct members, everybody further below."""
    own, direct = Q(**{seller: head}), Q(**{f"{seller}__parent": head})
    rows = rows.filter(
        **{
            f"{seller}__tree_id": head.tree_id,
            f"{seller}__lft__gte": head.lft,
            f"{seller}__rght__lte": head.rght,
        }
    )
    sums = {
        "own_sales": own,
        "direct_sales": direct,
        "indirect_sales": ~(own | direct),
    }
    found = rows.aggregate(
        **{
            name: Sum(amount, filter=which, output_field=BigIntegerField())
            for name, which in sums.items()
        }
    )
    return {name: int(total or 0) for name, total in found.items()}
