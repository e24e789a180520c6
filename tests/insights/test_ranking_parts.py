"""A ranking of one level, one branch or the orders of one region."""

from datetime import date

from apps.insights.selectors import RankingPart, ranking
from tests.factories import DistributorFactory, LevelFactory
from tests.insights.rows import as_text, earn, give_back, moment, sell, take_back

MARCH = {"date_from": date(2026, 3, 1), "date_to": date(2026, 3, 31)}
IN_MARCH = moment("2026-03-10T12:00:00+08:00")


def people(merchant):
    """A over B over C; D alone. B and D are gold."""
    gold = LevelFactory(merchant=merchant, code="gold")
    a = DistributorFactory(merchant=merchant, code="A", name="a")
    b = DistributorFactory(merchant=merchant, code="B", name="b", parent=a, level=gold)
    c = DistributorFactory(merchant=merchant, code="C", name="c", parent=b)
    d = DistributorFactory(merchant=merchant, code="D", name="d", level=gold)
    return a, b, c, d


def of(merchant, **part):
    return as_text(ranking(merchant=merchant, **MARCH, part=RankingPart(**part)))


def ship(order, region):
    order.region = region
    order.save()
    return order


def test_a_level_is_ranked_among_itself_with_whole_teams(merchant):
    _a, b, c, d = people(merchant)
    sell(c, "100.00", at=IN_MARCH)
    sell(d, "100.00", at=IN_MARCH)
    sell(b, "1.00", at=IN_MARCH)

    assert of(merchant, level="gold") == [
        "1 B b gold 1.00 101.00 1 0.00",
        "2 D d gold 100.00 100.00 1 0.00",
    ]
    assert of(merchant, level="silver") == []


def test_a_branch_is_its_head_and_everybody_below(merchant):
    a, b, c, d = people(merchant)
    for person, amount in ((a, "1.00"), (b, "2.00"), (c, "4.00"), (d, "8.00")):
        sell(person, amount, at=IN_MARCH)

    assert of(merchant, branch=b) == [
        "1 B b gold 2.00 6.00 1 0.00",
        "2 C c  4.00 4.00 1 0.00",
    ]


def test_a_region_holds_the_regions_below_it_and_no_namesake(merchant):
    _a, _b, c, d = people(merchant)
    city = ship(sell(c, "10.00", at=IN_MARCH), "浙江省/杭州市/西湖区")
    province = ship(sell(d, "20.00", at=IN_MARCH), "浙江省")
    ship(sell(d, "40.00", at=IN_MARCH), "浙江省外")
    elsewhere = ship(sell(c, "80.00", at=IN_MARCH), "江苏省/南京市")
    earned = earn(c, city, "1.00")
    earn(c, elsewhere, "8.00")
    take_back(earned, give_back(city, "5.00", at=IN_MARCH), "0.50")
    give_back(elsewhere, "80.00", at=IN_MARCH)

    assert of(merchant, region="浙江省") == [
        "1 D d gold 20.00 20.00 1 0.00",
        "2 A a  0.00 5.00 0 0.00",
        "2 B b gold 0.00 5.00 0 0.00",
        "2 C c  5.00 5.00 1 0.50",
    ]
    assert [row[:3] for row in of(merchant, region="浙江省/杭州市")] == ["1 A", "1 B", "1 C", "4 D"]
    assert province.region == "浙江省"
