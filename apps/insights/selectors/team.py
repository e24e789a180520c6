"""One person's team: how many people, and what they sold."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.commissions.selectors.sales import net_sales
from apps.core.money import to_major
from apps.distributors.models import Distributor
from apps.insights.selectors.periods import day_bounds


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

    Sales and refunds count as in the ranking (design §5 Exactly, 9 and 10). Five queries, however
    large the team is. Call inside the merchant's scope.
    """
    start, end = day_bounds(distributor.merchant.zone, date_from, date_to)
    team = Distributor.objects.filter(
        tree_id=distributor.tree_id, lft__gte=distributor.lft, rght__lte=distributor.rght
    ).order_by()
    direct = set(Distributor.objects.filter(parent=distributor).values_list("pk", flat=True))
    sales = net_sales(
        merchant=distributor.merchant,
        start=start,
        end=end,
        people=team.values_list("pk", flat=True),
    )
    own = sales.pop(distributor.pk, 0)
    of_direct = sum(amount for person, amount in sales.items() if person in direct)
    return TeamFigures(
        direct_count=len(direct),
        indirect_count=team.count() - len(direct) - 1,
        own_sales=to_major(own),
        direct_sales=to_major(of_direct),
        indirect_sales=to_major(sum(sales.values()) - of_direct),
    )
