"""My level: the way to the next one, a grace, a pin, and how it changed."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.distributors.models import LevelGrace
from apps.distributors.services.levels import ConditionTerms, LevelTerms, save_level
from apps.distributors.services.standing import change_level
from tests.factories import DistributorFactory, LevelFactory

ADDRESS = reverse("portal:level")


def ask(level, *conditions, **terms):
    save_level(
        merchant=level.merchant, code=level.code, name=level.name, rank=level.rank, level=level,
        terms=LevelTerms(**terms), conditions=[ConditionTerms(**each) for each in conditions],
    )  # fmt: skip


SALES = {"kind": "own_sales", "period": "lifetime", "amount": Decimal("250.00")}
TEAM = {"kind": "team_sales", "period": "lifetime", "amount": Decimal("400.00")}
ORDERS = {"kind": "orders", "period": "days", "days": 30, "count": 8}


def rows(block):
    return [(row.label, row.reached, row.missing, row.percent) for row in block["conditions"]]


def test_the_next_level_is_shown_with_what_is_missing(client, distributor, sell):
    gold, top = LevelFactory(name="Gold", rank=5), LevelFactory(rank=9)
    ask(gold, SALES, TEAM, ORDERS)
    ask(top, {**SALES, "amount": Decimal("9999")})
    sell(distributor, count=2)
    sell(DistributorFactory(parent=distributor))
    sell(DistributorFactory())
    answer = client.get(ADDRESS)
    following = answer.context["following"]
    assert (following["level"], following["is_met"]) == (gold, False)
    assert rows(following) == [
        ("net own sales", Decimal("200.00"), Decimal("50.00"), 80),
        ("net sales of the team", Decimal("300.00"), Decimal("100.00"), 75),
        ("number of orders", Decimal(2), Decimal(6), 25),
    ]
    assert answer.context["current"] is None


def test_what_keeping_the_level_takes_a_grace_and_a_pin(client, distributor, sell):
    gold = LevelFactory(name="Gold", rank=5)
    ask(gold, SALES, grace_days=5)
    today = timezone.localdate()
    change_level(distributor=distributor, level=gold, actor=None, pinned_until=today)
    until = today + timedelta(days=5)
    LevelGrace.objects.create(
        merchant=gold.merchant, distributor=distributor, level=gold, since=today, until=until
    )
    answer = client.get(ADDRESS)
    assert rows(answer.context["current"]) == [("net own sales", 0, Decimal("250.00"), 0)]
    assert answer.context["following"] is None
    html = answer.content.decode()
    assert f"{until:%Y-%m-%d}" in html
    assert answer.context["pinned_until"] == today
    assert [str(each) for each in answer.context["page"]] == ["— → Gold"]


def test_without_levels_the_page_says_so(client, distributor):
    assert client.get(ADDRESS).context["following"] is None


def test_others_changes_are_not_mine(client, distributor):
    other = DistributorFactory()
    change_level(distributor=other, level=LevelFactory(name="Hidden"), actor=None)
    answer = client.get(ADDRESS)
    assert not answer.context["page"].object_list
    assert "Hidden" not in answer.content.decode()


def test_one_number_of_queries_with_one_row_and_with_many(client, distributor, sell):
    levels = [LevelFactory(rank=rank) for rank in range(100, 103)]
    ask(levels[0], SALES)
    ask(levels[1], SALES, TEAM, ORDERS)
    change_level(distributor=distributor, level=levels[0], actor=None)
    counts = []
    for number in (1, 20):
        for _each in range(number):
            child = DistributorFactory(parent=distributor)
            sell(child)
            change_level(distributor=distributor, level=levels[2], actor=None)
            change_level(distributor=distributor, level=levels[0], actor=None)
        with CaptureQueriesContext(connection) as queries:
            client.get(ADDRESS)
        counts.append(len(queries))
    assert counts == [19, 19]
