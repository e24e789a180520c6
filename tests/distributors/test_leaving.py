"""Somebody leaves: their team stays, or comes under the next upline who has not left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.leaving import LeavingRefused
from apps.distributors.services.standing import suspend_distributor, terminate_distributor
from apps.distributors.services.suspensions import set_standing_policy
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def family(merchant, now):
    """grand ─ parent ─ (one ─ below, two)"""
    since = {"joined_at": now - 100 * DAY}
    people = {"grand": DistributorFactory(code="grand", **since)}
    for code, above in [("parent", "grand"), ("one", "parent"), ("below", "one")]:
        people[code] = DistributorFactory(code=code, parent=people[above], **since)
    people["two"] = DistributorFactory(
        code="two", parent=people["parent"], joined_at=now - timedelta(hours=1)
    )
    return people


def uplines():
    return dict(Distributor.objects.values_list("code", "parent__code"))


def leave(person, **values):
    return terminate_distributor(distributor=person, reason="left", actor=None, **values)


def test_the_team_stays(family):
    leave(family["parent"], team_moves_up=False)
    assert uplines()["one"] == uplines()["two"] == "parent"


def test_the_team_moves_up_with_everybody_below(family, now):
    actor = UserFactory()
    terminate_distributor(
        distributor=family["parent"], reason="left", actor=actor, team_moves_up=True,
        effective_at=now - DAY,
    )  # fmt: skip
    assert uplines() == {
        "grand": None, "parent": "grand", "one": "grand", "two": "grand", "below": "one",
    }  # fmt: skip
    moves = DistributorEvent.objects.filter(field="parent").order_by("distributor__code")
    assert list(
        moves.values_list("distributor__code", "old_value", "new_value", "effective_at", "reason")
    ) == [
        ("one", "parent", "grand", now - DAY, "left"),
        # Who came later was never under anybody else in between.
        ("two", "parent", "grand", now - timedelta(hours=1), "left"),
    ]
    assert {each.actor for each in moves} == {actor}
    assert_reads_match_parents()


def test_under_a_root_the_team_comes_to_the_top(family):
    leave(family["grand"], team_moves_up=True)
    assert uplines()["parent"] is None
    parent = Distributor.objects.get(code="parent")
    assert parent.tree_id == parent.pk
    assert Distributor.objects.get(code="below").tree_id == parent.pk
    assert_reads_match_parents()


def test_who_has_left_already_is_passed_over(family):
    leave(family["parent"], team_moves_up=False)
    leave(family["one"], team_moves_up=True)
    assert uplines()["below"] == "grand"


def test_a_suspended_upline_takes_nobody_in_and_nothing_happens(family):
    suspend_distributor(distributor=family["grand"], reason="why", actor=None)
    with pytest.raises(LeavingRefused):
        leave(family["parent"], team_moves_up=True)
    assert Distributor.objects.get(code="parent").status == "active"
    assert uplines()["one"] == "parent"
    # Somebody without a team may go.
    leave(family["two"], team_moves_up=True)


def test_the_policy_decides_where_nobody_is_asked(merchant, family):
    set_standing_policy(merchant=merchant, pending_waits=False, team_moves_up=True, actor=None)
    leave(family["parent"])
    assert uplines()["one"] == "grand"
