from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.standing import (
    StandingRefused,
    change_level,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory, UserFactory

JOINED = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def person(merchant):
    return DistributorFactory(joined_at=JOINED, level=LevelFactory(code="silver"))


def events(person):
    return list(
        person.events.exclude(field="joined")
        .order_by("pk")
        .values_list("field", "old_value", "new_value", "effective_at", "reason")
    )


def test_a_level_change_is_dated(person):
    gold = LevelFactory(code="gold")
    actor = UserFactory()
    change_level(distributor=person, level=gold, actor=actor, reason="Q1", effective_at=LATER)
    assert Distributor.objects.get().level == gold
    assert events(person) == [("level", "silver", "gold", LATER, "Q1")]
    assert person.events.last().actor == actor
    change_level(distributor=person, level=None, actor=actor)
    assert Distributor.objects.get().level is None
    assert events(person)[1][:3] == ("level", "gold", "")


def test_suspended_reinstated_terminated(person):
    steps = [
        (suspend_distributor, "active", "suspended"),
        (reinstate_distributor, "suspended", "active"),
        (suspend_distributor, "active", "suspended"),
        (terminate_distributor, "suspended", "terminated"),
    ]
    for days, (step, old, new) in enumerate(steps):
        moment = LATER + timedelta(days=days)
        step(distributor=person, reason=" why ", actor=None, effective_at=moment)
        assert Distributor.objects.get().status == person.status == new
        assert events(person)[-1] == ("status", old, new, moment, "why")


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("suspended", suspend_distributor),
        ("terminated", suspend_distributor),
        ("active", reinstate_distributor),
        ("terminated", reinstate_distributor),
        ("terminated", terminate_distributor),
    ],
)
def test_a_step_not_open_changes_nothing(person, status, step):
    Distributor.objects.update(status=status)
    with pytest.raises(StandingRefused):
        step(distributor=person, reason="why", actor=None)
    assert Distributor.objects.get().status == status
    assert events(person) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"effective_at": JOINED - timedelta(seconds=1)},
        {"effective_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_wrong_reasons_and_times(person, wrong):
    with pytest.raises(StandingRefused):
        suspend_distributor(distributor=person, actor=None, **{"reason": "why"} | wrong)
    assert events(person) == []


def test_history_is_never_slipped_into(person):
    suspend_distributor(distributor=person, reason="why", actor=None, effective_at=LATER)
    earlier = LATER - timedelta(seconds=1)
    with pytest.raises(StandingRefused):
        reinstate_distributor(distributor=person, reason="why", actor=None, effective_at=earlier)
    assert Distributor.objects.get().status == "suspended"
    # Level and standing have histories of their own.
    change_level(distributor=person, level=None, actor=None, effective_at=earlier)


def test_refused_levels(person):
    with scope(merchant=MerchantFactory()):
        foreign = LevelFactory()
    for level in (foreign, person.level):
        with pytest.raises(StandingRefused):
            change_level(distributor=person, level=level, actor=None)
    terminate_distributor(distributor=person, reason="why", actor=None)
    with pytest.raises(StandingRefused):
        change_level(distributor=person, level=None, actor=None)
    assert DistributorEvent.objects.filter(field="level").count() == 0
