"""The tree of any moment, against a model that only remembers what was done."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.selectors import child_counts_at, children_at, path_at, people_at
from apps.distributors.services.moving import move_distributor
from apps.distributors.services.standing import (
    change_level,
    reinstate_distributor,
    suspend_distributor,
)
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def places(moment, **filters):
    people = Distributor.objects.filter(**filters).order_by("code")
    return [
        (each.code, each.parent, each.level, each.status)
        for each in people_at(moment=moment, people=people)
    ]


def codes(parent, moment, **values):
    return [
        each.code for each in children_at(parent=parent, moment=moment, **{"limit": 100} | values)
    ]


@pytest.fixture
def family(merchant):
    """B joined under A on day 1, moved to C on day 10 and back on day 20; gold from day 15."""
    silver, gold = LevelFactory(code="silver"), LevelFactory(code="gold")
    a = DistributorFactory(code="A", joined_at=START)
    c = DistributorFactory(code="C", joined_at=START)
    b = DistributorFactory(code="B", parent=a, level=silver, joined_at=day(1))
    DistributorFactory(code="D", parent=b, joined_at=day(5))
    move(b, c, 10)
    change_level(distributor=b, level=gold, actor=None, effective_at=day(15))
    suspend_distributor(distributor=b, reason="r", actor=None, effective_at=day(16))
    move(b, a, 20)
    return Distributor.objects.in_bulk(field_name="pk")


def move(person, parent, at):
    move_distributor(
        distributor=Distributor.objects.get(pk=person.pk),
        parent=Distributor.objects.get(pk=parent.pk) if parent else None,
        actor=None,
        reason="r",
        effective_at=day(at),
    )


def test_each_moment_has_its_own_upline_level_and_standing(family):
    expected = {
        3: ("B", "A", "silver", "active"),
        9: ("B", "A", "silver", "active"),
        12: ("B", "C", "silver", "active"),
        15: ("B", "C", "gold", "active"),
        18: ("B", "C", "gold", "suspended"),
        25: ("B", "A", "gold", "suspended"),
    }
    for number, place in expected.items():
        assert places(day(number), code="B") == [place]
    # A change counts from its own moment on.
    assert places(day(10), code="B")[0][1] == "C"
    assert places(day(10) - timedelta(microseconds=1), code="B")[0][1] == "A"


def test_who_joined_later_is_not_there_yet(family):
    assert places(day(0)) == [("A", "", "", "active"), ("C", "", "", "active")]
    assert places(START - timedelta(days=1)) == []


def test_branches_and_paths_follow_the_moment(family):
    people = {each.code: each for each in Distributor.objects.all()}
    assert codes(None, day(12)) == ["A", "C"]
    assert codes(people["A"], day(12)) == []
    assert codes(people["C"], day(12)) == ["B"]
    assert codes(people["A"], day(9)) == codes(people["A"], day(21)) == ["B"]
    assert [each.code for each in path_at(person=people["D"], moment=day(12))] == ["C", "B", "D"]
    assert [each.code for each in path_at(person=people["D"], moment=day(9))] == ["A", "B", "D"]
    both = people_at(moment=day(12), people=Distributor.objects.filter(code__in=["A", "C"]))
    assert child_counts_at(people=both, moment=day(12)) == {"C": 1}
    assert child_counts_at(people=both, moment=day(9)) == {"A": 1}


def test_branches_are_read_page_by_page(merchant):
    top = DistributorFactory(code="TOP", joined_at=START)
    for number in range(5):
        DistributorFactory(code=f"X{number}", parent=top, joined_at=START)
    assert codes(top, day(1), limit=2) == ["X0", "X1"]
    ids = dict(Distributor.objects.values_list("code", "pk"))
    assert codes(top, day(1), limit=2, after=ids["X1"]) == ["X2", "X3"]
    assert codes(top, day(1), limit=2, after=ids["X3"]) == ["X4"]


def test_another_merchants_past_is_not_there(family):
    with scope(merchant=MerchantFactory()):
        # Codes are a merchant's own: the same one elsewhere has another history.
        DistributorFactory(code="A", joined_at=START)
        assert places(day(12)) == [("A", "", "", "active")]
        assert codes(None, day(12)) == ["A"]
        assert codes(Distributor.objects.get(code="A"), day(9)) == []


def test_a_random_history_is_told_right_at_every_moment(merchant):
    chance = random.Random(20260101)
    people = [DistributorFactory(code=f"R{n:02d}", joined_at=START) for n in range(12)]
    now = {each.code: ["", "active"] for each in people}
    history = []
    for number in range(1, 60):
        history.append({code: tuple(values) for code, values in now.items()})
        person = Distributor.objects.get(pk=chance.choice(people).pk)
        if chance.random() < 0.25:
            step = suspend_distributor if person.is_active else reinstate_distributor
            step(distributor=person, reason="r", actor=None, effective_at=day(number))
            now[person.code][1] = person.status
            continue
        parent = chance.choice([None, *people])
        if parent is not None:
            parent = Distributor.objects.get(pk=parent.pk)
        in_team = parent and parent in person.get_descendants(include_self=True)
        stays = (parent.pk if parent else None) == person.parent_id
        if in_team or stays or (parent and not parent.is_active):
            continue
        move(person, parent, number)
        now[person.code][0] = parent.code if parent else ""
    assert DistributorEvent.objects.filter(field="parent").count() > 15

    for number, expected in enumerate(history):
        found = people_at(moment=day(number), people=Distributor.objects.order_by("code"))
        assert {each.code: (each.parent, each.status) for each in found} == expected
        counts = child_counts_at(people=found, moment=day(number))
        for person in [None, *people]:
            code = person.code if person else ""
            below = sorted(each for each, (parent, _status) in expected.items() if parent == code)
            assert sorted(codes(person, day(number))) == below
            assert counts.get(code, 0) == (len(below) if person else 0)


def test_the_number_of_queries_does_not_grow(family):
    for count in (1, 40):
        top = DistributorFactory(joined_at=START)
        for _each in range(count):
            person = DistributorFactory(parent=top, joined_at=START)
            move(person, None, 5)
        with CaptureQueriesContext(connection) as queries:
            found = children_at(parent=top, moment=day(4), limit=50)
            child_counts_at(people=found, moment=day(4))
        assert len(found) == count
        assert len(queries) == 5
