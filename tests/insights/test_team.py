"""One person's team: counts and sales in a fixed number of queries."""

from datetime import date
from decimal import Decimal

from apps.insights.selectors import TeamFigures, team_figures
from tests.factories import DistributorFactory
from tests.insights.rows import give_back, moment, sell

MARCH = {"date_from": date(2026, 3, 1), "date_to": date(2026, 3, 31)}
IN_MARCH = moment("2026-03-31T23:59:59+08:00")
IN_APRIL = moment("2026-04-01T00:00:00+08:00")


def test_own_direct_and_indirect_sales_are_net_of_the_periods_refunds(
    merchant, django_assert_num_queries
):
    top = DistributorFactory(merchant=merchant)
    head = DistributorFactory(merchant=merchant, parent=top)
    direct = DistributorFactory.create_batch(2, merchant=merchant, parent=head)
    below = DistributorFactory(merchant=merchant, parent=direct[0])
    lowest = DistributorFactory(merchant=merchant, parent=below)
    sell(top, "1000.00", at=IN_MARCH)
    sell(head, "1.00", at=IN_MARCH)
    sell(direct[0], "2.00", at=IN_MARCH)
    sell(direct[1], "4.00", at=IN_MARCH)
    sell(below, "8.00", at=IN_MARCH)
    late = sell(lowest, "16.00", at=IN_APRIL)
    give_back(late, "16.00", at=IN_APRIL)
    give_back(sell(lowest, "32.00", at=IN_MARCH), "0.01", at=IN_MARCH)
    give_back(sell(direct[0], "64.00", at=IN_MARCH, status="cancelled"), "64.00", at=IN_MARCH)

    with django_assert_num_queries(5):
        figures = team_figures(distributor=head, **MARCH)

    assert figures == TeamFigures(
        direct_count=2,
        indirect_count=2,
        own_sales=Decimal("1.00"),
        direct_sales=Decimal("6.00"),
        indirect_sales=Decimal("39.99"),
    )
    assert (figures.count, figures.team_sales) == (4, Decimal("46.99"))


def test_somebody_without_a_team(merchant):
    alone = DistributorFactory(merchant=merchant)

    assert team_figures(distributor=alone, **MARCH) == TeamFigures(
        0, 0, Decimal("0.00"), Decimal("0.00"), Decimal("0.00")
    )
