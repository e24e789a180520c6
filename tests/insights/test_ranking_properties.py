"""The one-pass ranking against a plain reading of the definition, on seeded random merchants."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.distributors.models import Distributor
from apps.distributors.numbering import TeamTotals
from apps.insights.selectors import RANKING_KEYS, ranking
from apps.orders.models import Refund
from apps.promotion.models import Attribution
from tests.factories import DistributorFactory
from tests.insights.rows import earn, give_back, moment, sell, take_back

START = moment("2026-03-01T00:00:00+08:00")
STATUSES = ["paid", "shipped", "completed", "cancelled"]


def build(random_, merchant) -> None:
    """Random people in a random forest, their sales, refunds and commissions over 60 days."""
    people = []
    for number in range(random_.randint(1, 12)):
        parent = random_.choice([None, *people])
        people.append(DistributorFactory(merchant=merchant, code=f"P{number}", parent=parent))
    for _ in range(random_.randint(0, 15)):
        at = START + timedelta(seconds=random_.randrange(60 * 86400))
        # A tenth of it, and half of that, are whole fen.
        amount = Decimal(random_.randint(5, 250) * 20).scaleb(-2)
        owner = random_.choice([None, *people])
        order = sell(owner, amount, at=at, status=random_.choice(STATUSES), merchant=merchant)
        if order.status == "cancelled":
            continue
        commission = earn(random_.choice(people), order, amount / 10 + 1)
        if random_.random() < 0.5:
            later = at + timedelta(seconds=random_.randrange(30 * 86400))
            refund = give_back(order, amount / 2, at=later)
            take_back(commission, refund, commission.amount / 2)


def plain_ranking(merchant, first: date, last: date, by: str) -> list[tuple]:
    """(rank, code, own, team, orders, commission), a person at a time."""
    zone = merchant.zone

    def is_within(at) -> bool:
        return at is not None and first <= at.astimezone(zone).date() <= last

    own, orders, commission = Counter(), Counter(), Counter()
    for each in Attribution.objects.exclude(order__status="cancelled").exclude(distributor=None):
        if is_within(each.order.paid_at):
            orders[each.distributor_id] += 1
            own[each.distributor_id] += sum(line.paid_amount for line in each.order.lines.all())
        for refund in Refund.objects.filter(order_line__order=each.order):
            if is_within(refund.refunded_at):
                own[each.distributor_id] -= refund.amount
    people = list(Distributor.objects.filter(merchant=merchant))
    for person in people:
        commission[person.pk] = sum(
            row.amount for row in person.commissions.all() if is_within(row.earned_at)
        )

    def team(person) -> list[Distributor]:
        members = [person]
        for member in members:
            members += [each for each in people if each.parent_id == member.pk]
        return members

    rows = []
    for person in people:
        figures = {
            "own_sales": own[person.pk],
            "team_sales": sum(own[member.pk] for member in team(person)),
            "orders": orders[person.pk],
            "commission": commission[person.pk],
        }
        rows.append((figures[by], person.code, *figures.values()))
    rows.sort(key=lambda row: (-row[0], row[1]))
    return [(1 + sum(other[0] > row[0] for other in rows), *row[1:]) for row in rows]


@pytest.mark.parametrize("seed", range(25))
def test_the_ranking_is_what_the_definition_says(merchant, seed):
    random_ = random.Random(seed)
    build(random_, merchant)
    first = START.date() + timedelta(days=random_.randint(0, 40))
    last = first + timedelta(days=random_.randint(0, 40))
    by = RANKING_KEYS[seed % len(RANKING_KEYS)]

    found = [
        (row.rank, row.code, row.own_sales, row.team_sales, row.orders, row.commission)
        for row in ranking(merchant=merchant, date_from=first, date_to=last, by=by)
    ]

    assert found == plain_ranking(merchant, first, last, by)


def test_totals_need_only_nested_intervals_with_gaps():
    teams = TeamTotals()
    for place in [
        # tree, lft, rght, own
        (1, 1, 1000, 1),
        (1, 10, 500, 10),
        (1, 20, 21, 100),
        (1, 400, 450, 1000),
        (1, 700, 999, 10000),
        (2, 1, 1000, 5),
        (2, 2, 999, -7),
        (3, 1, 4, 0),
    ]:
        teams.add(*place)

    assert teams.finish() == [11111, 1110, 100, 1000, 10000, -2, -7, 0]


def test_totals_of_nobody_are_nothing():
    assert TeamTotals().finish() == []


def test_a_chain_of_a_hundred_thousand_is_no_recursion():
    teams = TeamTotals()
    size = 100_000
    for depth in range(size):
        teams.add(1, depth, 2 * size - depth, 1)

    totals = teams.finish()

    assert (totals[0], totals[1], totals[-1]) == (size, size - 1, 1)
