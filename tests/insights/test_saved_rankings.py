"""Rankings of periods that are over, kept as they were."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django_scopes import scope

from apps.insights.models import RankingSnapshot, RankingSnapshotRow
from apps.insights.selectors import InsightRefused, ranking
from apps.insights.selectors.saved_rankings import find_in, place_of, ranked, saved_rows
from apps.insights.services.saving_rankings import (
    SnapshotRefused,
    save_last_month,
    save_ranking,
)
from apps.insights.tasks import save_closed_ranking
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory, UserFactory
from tests.insights.rows import as_text, earn, moment, sell

MARCH = {"date_from": date(2026, 3, 1), "date_to": date(2026, 3, 31)}
IN_MARCH = moment("2026-03-10T12:00:00+08:00")


@pytest.fixture
def sold(merchant):
    gold = LevelFactory(merchant=merchant, code="gold")
    a = DistributorFactory(merchant=merchant, code="A", name="陈静", level=gold)
    b = DistributorFactory(merchant=merchant, code="b", name="林芳", parent=a)
    c = DistributorFactory(merchant=merchant, code="C", name="何伟", parent=a)
    earn(b, sell(b, "100.00", at=IN_MARCH), "10.00")
    sell(c, "100.00", at=IN_MARCH)
    return {"A": a, "b": b, "C": c}


@pytest.mark.parametrize("by", ["team_sales", "own_sales", "orders", "commission"])
def test_it_keeps_what_the_ranking_says(merchant, sold, by):
    snapshot = save_ranking(merchant=merchant, **MARCH, actor=UserFactory())

    fresh = as_text(ranking(merchant=merchant, **MARCH, by=by))
    assert as_text(saved_rows(snapshot, by=by)) == fresh
    assert (snapshot.people, snapshot.rows.count()) == (3, 3)
    assert snapshot.definition.startswith("Net of refunds; both days included")


def test_it_never_changes_whatever_comes_later(merchant, sold):
    snapshot = save_ranking(merchant=merchant, **MARCH)
    before = as_text(saved_rows(snapshot, by="own_sales"))

    sell(sold["A"], "500.00", at=IN_MARCH)
    type(sold["b"]).objects.filter(pk=sold["b"].pk).update(name="林小芳")

    assert as_text(saved_rows(snapshot, by="own_sales")) == before
    again = save_ranking(merchant=merchant, **MARCH, actor=UserFactory())
    assert as_text(saved_rows(again, by="own_sales"))[0] == "1 A 陈静 gold 500.00 700.00 1 0.00"


def test_only_a_period_that_is_over_is_saved(merchant, sold):
    with time_machine.travel(moment("2026-03-31T23:59:59+08:00")):
        with pytest.raises(SnapshotRefused) as refused:
            save_ranking(merchant=merchant, **MARCH)
    assert "after 2026-03-31" in str(refused.value)
    with pytest.raises(InsightRefused):
        save_ranking(merchant=merchant, date_from=MARCH["date_to"], date_to=MARCH["date_from"])
    assert not RankingSnapshot.objects.exists()

    with time_machine.travel(moment("2026-04-01T00:00:00+08:00")):
        assert save_ranking(merchant=merchant, **MARCH).people == 3


def test_a_search_and_a_level_keep_the_ranks(merchant, sold):
    rows = ranked(save_ranking(merchant=merchant, **MARCH), by="team_sales")

    assert [(row.rank, row.code) for row in rows] == [(1, "A"), (2, "C"), (2, "b")]
    assert [(row.rank, row.code) for row in find_in(rows, search="林")] == [(2, "b")]
    assert [(row.rank, row.code) for row in find_in(rows, level="gold")] == [(1, "A")]


def test_where_somebody_stands(merchant, sold):
    snapshot = save_ranking(merchant=merchant, **MARCH)
    newcomer = DistributorFactory(merchant=merchant)

    row = place_of(snapshot, sold["b"])

    ranks = (row.team_sales_rank, row.own_sales_rank, row.commission_rank, row.orders_rank)
    assert ranks == (2, 1, 1, 1)
    assert place_of(snapshot, newcomer) is None


def test_the_month_before_is_saved_once_by_the_merchants_calendar(merchant, sold):
    with time_machine.travel(moment("2026-03-31T23:30:00+08:00")):
        assert save_last_month(merchant=merchant).date_to == date(2026, 2, 28)
    with time_machine.travel(moment("2026-04-01T00:30:00+08:00")):
        save_closed_ranking(merchant.pk)
        save_closed_ranking(merchant.pk)
        assert save_last_month(merchant=merchant) is None

    assert list(RankingSnapshot.objects.order_by("pk").values_list("date_from", "actor")) == [
        (date(2026, 2, 1), None),
        (date(2026, 3, 1), None),
    ]


def test_a_merchant_without_people_has_an_empty_one(merchant):
    assert save_ranking(merchant=merchant, **MARCH).people == 0


def test_another_merchants_people_are_not_in_it(merchant, sold):
    other = MerchantFactory()
    with scope(merchant=other):
        DistributorFactory(merchant=other, code="Z")
        snapshot = save_ranking(merchant=other, **MARCH)
        assert [row.code for row in snapshot.rows.all()] == ["Z"]
    assert not RankingSnapshot.objects.filter(pk=snapshot.pk).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_nights_at_once_one_saves(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        DistributorFactory.create_batch(3)
    barrier = Barrier(4)

    def save(_number):
        try:
            barrier.wait(timeout=20)
            save_closed_ranking(merchant.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(4)))

    with scope(merchant=merchant):
        assert RankingSnapshot.objects.count() == 1
        assert RankingSnapshotRow.objects.count() == 3
