from datetime import date
from decimal import Decimal

import pytest
from django_scopes import scope, scopes_disabled

from apps.distributors.models import Distributor
from apps.insights.selectors import InsightRefused, ranking
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory
from tests.insights.rows import as_text, earn, give_back, moment, sell, take_back

MARCH = {"date_from": date(2026, 3, 1), "date_to": date(2026, 3, 31)}
IN_MARCH = moment("2026-03-10T12:00:00+08:00")
IN_APRIL = moment("2026-04-10T12:00:00+08:00")


@pytest.fixture
def tree(merchant):
    """A over B over C and D; E alone. Only A has a level."""
    gold = LevelFactory(merchant=merchant, code="gold")
    a = DistributorFactory(merchant=merchant, code="A", name="陈静", level=gold)
    b = DistributorFactory(merchant=merchant, code="B", name="林芳", parent=a)
    c = DistributorFactory(merchant=merchant, code="C", name="何伟", parent=b)
    d = DistributorFactory(merchant=merchant, code="D", name="周敏", parent=b)
    e = DistributorFactory(merchant=merchant, code="E", name="吴强")
    return {"A": a, "B": b, "C": c, "D": d, "E": e}


def march(merchant, by="team_sales"):
    return as_text(ranking(merchant=merchant, **MARCH, by=by))


def test_everybody_is_listed_with_zeros_by_code(merchant, tree):
    assert march(merchant) == [
        "1 A 陈静 gold 0.00 0.00 0 0.00",
        "1 B 林芳  0.00 0.00 0 0.00",
        "1 C 何伟  0.00 0.00 0 0.00",
        "1 D 周敏  0.00 0.00 0 0.00",
        "1 E 吴强  0.00 0.00 0 0.00",
    ]


def test_a_team_is_oneself_and_everybody_below(merchant, tree):
    sell(tree["A"], "10.00", at=IN_MARCH)
    sell(tree["C"], "100.00", "0.01", at=IN_MARCH)
    sell(tree["D"], "30.00", at=IN_MARCH)
    sell(tree["E"], "130.01", at=IN_MARCH)

    assert march(merchant) == [
        "1 A 陈静 gold 10.00 140.01 1 0.00",
        "2 B 林芳  0.00 130.01 0 0.00",
        "2 E 吴强  130.01 130.01 1 0.00",
        "4 C 何伟  100.01 100.01 1 0.00",
        "5 D 周敏  30.00 30.00 1 0.00",
    ]


@pytest.mark.parametrize(
    ("by", "places"),
    [
        ("own_sales", ["1 C", "2 A", "3 B", "3 D", "3 E"]),
        ("team_sales", ["1 A", "2 B", "2 C", "4 D", "4 E"]),
        ("orders", ["1 A", "2 C", "3 B", "3 D", "3 E"]),
        ("commission", ["1 B", "2 A", "2 C", "4 D", "4 E"]),
    ],
)
def test_a_ranking_goes_by_any_of_its_figures(merchant, tree, by, places):
    first = sell(tree["A"], "5.00", at=IN_MARCH)
    sell(tree["A"], "5.00", at=IN_MARCH)
    second = sell(tree["C"], "20.00", at=IN_MARCH)
    earn(tree["A"], first, "1.00")
    earn(tree["C"], second, "1.00")
    earn(tree["B"], second, "1.01", depth=2)

    assert [row[:3] for row in march(merchant, by)] == places


def test_days_begin_and_end_at_the_merchants_midnight(merchant, tree):
    for amount, at in [
        ("1.00", "2026-02-28T23:59:59+08:00"),
        ("10.00", "2026-03-01T00:00:00+08:00"),
        ("100.00", "2026-03-31T23:59:59.999999+08:00"),
        ("1000.00", "2026-04-01T00:00:00+08:00"),
    ]:
        earn(tree["E"], sell(tree["E"], amount, at=moment(at)), amount)

    assert march(merchant)[0] == "1 E 吴强  110.00 110.00 2 110.00"


def test_the_zone_is_the_merchants(tree, merchant):
    type(merchant).objects.filter(pk=merchant.pk).update(time_zone="America/New_York")
    merchant.refresh_from_db()
    sell(tree["E"], "1.00", at=moment("2026-03-01T04:59:59+00:00"))
    sell(tree["E"], "2.00", at=moment("2026-03-01T05:00:00+00:00"))
    # Summer time began on 8 March.
    sell(tree["E"], "4.00", at=moment("2026-04-01T03:59:59+00:00"))
    sell(tree["E"], "8.00", at=moment("2026-04-01T04:00:00+00:00"))

    assert march(merchant)[0] == "1 E 吴强  6.00 6.00 2 0.00"


def test_a_refund_counts_on_its_own_day(merchant, tree):
    order = sell(tree["C"], "100.00", at=IN_MARCH)
    earned = earn(tree["C"], order, "10.00")
    take_back(earned, give_back(order, "40.00", at=IN_APRIL), "4.00")
    april = ranking(merchant=merchant, date_from=date(2026, 4, 1), date_to=date(2026, 4, 30))

    assert march(merchant)[2] == "1 C 何伟  100.00 100.00 1 10.00"
    assert as_text(april) == [
        "1 D 周敏  0.00 0.00 0 0.00",
        "1 E 吴强  0.00 0.00 0 0.00",
        "3 A 陈静 gold 0.00 -40.00 0 0.00",
        "3 B 林芳  0.00 -40.00 0 0.00",
        "3 C 何伟  -40.00 -40.00 0 -4.00",
    ]


def test_an_order_refunded_whole_is_still_an_order(merchant, tree):
    order = sell(tree["E"], "100.00", at=IN_MARCH)
    give_back(order, "100.00", at=IN_MARCH)

    assert march(merchant, "orders")[0] == "1 E 吴强  0.00 0.00 1 0.00"


def test_what_is_not_a_sale_does_not_count(merchant, tree):
    sell(tree["E"], "1.00", at=None, status="pending")
    give_back(sell(tree["E"], "2.00", at=IN_MARCH, status="cancelled"), "2.00", at=IN_MARCH)
    order = sell(tree["E"], "4.00", at=IN_MARCH, status="completed")
    give_back(order, "1.00", at=None, status="requested")
    give_back(order, "1.00", at=None, status="rejected")
    give_back(sell(None, "8.00", at=IN_MARCH, merchant=merchant), "8.00", at=IN_MARCH)
    sell(tree["E"], "16.00", at=IN_MARCH, status="shipped")

    assert march(merchant)[0] == "1 E 吴强  20.00 20.00 2 0.00"


def test_an_order_counts_for_whom_it_was_attributed_to(merchant, tree):
    order = sell(tree["A"], "100.00", at=IN_MARCH)
    # Named on the order, but the attribution gave it to the upline.
    order.distributor = tree["B"]
    order.save()

    assert march(merchant, "own_sales")[0] == "1 A 陈静 gold 100.00 100.00 1 0.00"


def test_the_terminated_keep_their_place(merchant, tree):
    Distributor.objects.filter(code="C").update(status=Distributor.Status.TERMINATED)
    sell(tree["C"], "100.00", at=IN_MARCH)

    assert march(merchant) == [
        "1 A 陈静 gold 0.00 100.00 0 0.00",
        "1 B 林芳  0.00 100.00 0 0.00",
        "1 C 何伟  100.00 100.00 1 0.00",
        "4 D 周敏  0.00 0.00 0 0.00",
        "4 E 吴强  0.00 0.00 0 0.00",
    ]


def test_codes_stand_in_the_same_order_on_every_database(merchant):
    for code in ("b", "B", "a-1", "A1", "é", "10", "9"):
        DistributorFactory(merchant=merchant, code=code)

    rows = ranking(merchant=merchant, **MARCH)

    assert [row.code for row in rows] == ["10", "9", "A1", "B", "a-1", "b", "é"]


def test_another_merchants_business_is_not_seen(merchant, tree):
    other = MerchantFactory()
    with scope(merchant=other):
        theirs = DistributorFactory(merchant=other, code="A")
        earn(theirs, sell(theirs, "100.00", at=IN_MARCH), "10.00")

    assert march(merchant)[0] == "1 A 陈静 gold 0.00 0.00 0 0.00"
    with scopes_disabled():
        assert march(other) == [f"1 A {theirs.name}  100.00 100.00 1 10.00"]


def test_rows_are_read_before_the_walls_are_left(merchant, tree):
    rows = ranking(merchant=merchant, **MARCH)

    with scope(merchant=MerchantFactory()):
        assert next(rows).code == "A"


def test_big_figures_stay_exact(merchant, tree):
    for _ in range(3):
        sell(tree["C"], "99999999999.99", at=IN_MARCH)

    first = next(ranking(merchant=merchant, **MARCH))

    assert first.team_sales == Decimal("299999999999.97")


def test_the_ends_of_time_are_a_period(merchant, tree):
    sell(tree["E"], "1.00", at=IN_MARCH)

    rows = ranking(merchant=merchant, date_from=date.min, date_to=date.max)

    assert next(rows).team_sales == Decimal("1.00")


def test_an_unknown_figure_and_a_backward_period_are_refused(merchant):
    with pytest.raises(InsightRefused, match="team_sales, own_sales, commission, orders"):
        ranking(merchant=merchant, **MARCH, by="rank")
    with pytest.raises(InsightRefused):
        ranking(merchant=merchant, date_from=date(2026, 3, 2), date_to=date(2026, 3, 1))


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_do_not_grow_with_the_people(merchant, django_assert_num_queries, count):
    person = None
    for _ in range(count):
        person = DistributorFactory(merchant=merchant, parent=person)
        order = sell(person, "1.00", at=IN_MARCH)
        earn(person, order, "0.10")

    # Levels, appeals, everybody.
    with django_assert_num_queries(3):
        assert len(list(ranking(merchant=merchant, **MARCH))) == count
