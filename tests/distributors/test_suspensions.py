"""Suspensions with an end, whose money waits, and what the policy proposes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Distributor, StandingPolicy, Suspension, SuspensionEnd
from apps.distributors.services.expiring import end_due_suspensions
from apps.distributors.services.standing import (
    StandingRefused,
    change_suspension,
    readmit_distributor,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from apps.distributors.services.suspensions import set_standing_policy, standing_policy
from tests.factories import DistributorFactory, MerchantFactory, UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def person(merchant, now):
    return DistributorFactory(joined_at=now - 100 * DAY)


def suspend(person, now, **values):
    """Ten days ago, until tomorrow."""
    return suspend_distributor(
        **{
            "distributor": person,
            "reason": "why",
            "actor": None,
            "effective_at": now - 10 * DAY,
            "ends_at": now + DAY,
        }
        | values
    )


def history(person):
    found = person.events.filter(field="status").order_by("pk")
    return list(found.values_list("old_value", "new_value", "effective_at", "reason"))


def test_from_and_to_are_kept(person, now):
    suspend(person, now)
    suspension = Suspension.objects.get()
    assert (suspension.starts_at, suspension.ends_at) == (now - 10 * DAY, now + DAY)
    assert suspension.event == person.events.get(field="status")
    assert not SuspensionEnd.objects.exists()


def test_it_ends_by_itself_at_its_end_however_late_that_is_noticed(merchant, person, now):
    suspend(person, now)
    assert end_due_suspensions(merchant=merchant, as_of=now + DAY - timedelta(microseconds=1)) == 0
    assert Distributor.objects.get().status == "suspended"

    assert end_due_suspensions(merchant=merchant, as_of=now + 5 * DAY) == 1

    assert Distributor.objects.get().status == "active"
    assert history(person) == [
        ("active", "suspended", now - 10 * DAY, "why"),
        ("suspended", "active", now + DAY, ""),
    ]
    end = SuspensionEnd.objects.get()
    assert (end.ended_at, end.event.actor) == (now + DAY, None)


def test_ending_twice_is_ending_once(merchant, person, now):
    suspend(person, now)
    assert end_due_suspensions(merchant=merchant, as_of=now + DAY) == 1
    assert end_due_suspensions(merchant=merchant, as_of=now + DAY) == 0
    assert len(history(person)) == 2


def test_without_an_end_only_a_person_ends_it(merchant, person, now):
    suspend(person, now, ends_at=None)
    assert end_due_suspensions(merchant=merchant, as_of=now + 10_000 * DAY) == 0
    reinstate_distributor(distributor=person, reason="fine", actor=None, effective_at=now)
    assert SuspensionEnd.objects.get().ended_at == now
    assert Distributor.objects.get().status == "active"


def test_people_suspended_by_a_file_have_no_end(merchant, person, now):
    Distributor.objects.update(status="suspended")
    assert end_due_suspensions(merchant=merchant, as_of=now + 10_000 * DAY) == 0
    reinstate_distributor(distributor=person, reason="fine", actor=None)
    assert Distributor.objects.get().status == "active"


@pytest.mark.parametrize("offset", [-10 * DAY, -DAY, timedelta(0)])
def test_an_end_that_is_not_ahead_is_refused(person, now, offset):
    with pytest.raises(StandingRefused):
        suspend(person, now, ends_at=now + offset)
    assert history(person) == []
    assert not Suspension.objects.exists()


def over(person, now):
    """A suspension that was over an hour ago, without any stage having run since."""
    suspend(person, now)
    Suspension.objects.update(ends_at=now - timedelta(hours=1))


def test_whoever_comes_after_the_end_finds_the_person_active(person, now):
    over(person, now)
    suspend(person, now, effective_at=now, ends_at=None, reason="again")
    assert history(person) == [
        ("active", "suspended", now - 10 * DAY, "why"),
        ("suspended", "active", now - timedelta(hours=1), ""),
        ("active", "suspended", now, "again"),
    ]


def test_what_is_over_is_not_ended_by_hand(person, now):
    over(person, now)
    with pytest.raises(StandingRefused):
        reinstate_distributor(distributor=person, reason="fine", actor=None)
    # Refused as a whole: the stage is left to record it.
    assert len(history(person)) == 1


def test_prolonging_appends(person, now):
    suspend(person, now, pending_waits=True)
    actor = UserFactory()
    change_suspension(distributor=person, reason="more", actor=actor, ends_at=now + 9 * DAY)
    first, second = Suspension.objects.order_by("pk")
    assert (first.ends_at, second.ends_at) == (now + DAY, now + 9 * DAY)
    assert first.end.ended_at == second.starts_at
    assert second.pending_waits is True
    assert history(person)[1][:2] == ("suspended", "suspended")
    with pytest.raises(StandingRefused):
        change_suspension(distributor=person, reason="more", actor=actor, ends_at=now + 9 * DAY)
    with pytest.raises(StandingRefused):
        change_suspension(distributor=person, reason="less", actor=actor, ends_at=now)


def test_a_prolonged_suspension_ends_at_its_new_end(merchant, person, now):
    suspend(person, now)
    change_suspension(distributor=person, reason="more", actor=None, ends_at=now + 9 * DAY)
    assert end_due_suspensions(merchant=merchant, as_of=now + 8 * DAY) == 0
    assert end_due_suspensions(merchant=merchant, as_of=now + 9 * DAY) == 1
    assert history(person)[-1][2] == now + 9 * DAY


def test_nobody_active_has_a_suspension_to_change(person, now):
    with pytest.raises(StandingRefused):
        change_suspension(distributor=person, reason="more", actor=None, ends_at=now + DAY)


@pytest.mark.parametrize("by_default", [True, False])
@pytest.mark.parametrize("chosen", [True, False, None])
def test_the_policy_proposes_and_the_case_decides(merchant, person, now, by_default, chosen):
    set_standing_policy(
        merchant=merchant, pending_waits=by_default, team_moves_up=False, actor=None
    )
    suspend(person, now, pending_waits=chosen)
    expected = by_default if chosen is None else chosen
    assert Suspension.objects.get().pending_waits is expected


def test_a_policy_is_appended_and_the_same_one_is_not(merchant):
    assert standing_policy(merchant).pk is None
    actor = UserFactory()
    values = {"merchant": merchant, "actor": actor}
    set_standing_policy(pending_waits=True, team_moves_up=False, **values)
    set_standing_policy(pending_waits=True, team_moves_up=False, **values)
    set_standing_policy(pending_waits=False, team_moves_up=True, **values)
    rows = StandingPolicy.objects.order_by("pk").values_list("pending_waits", "team_moves_up")
    assert list(rows) == [(True, False), (False, True)]
    newest = standing_policy(merchant)
    assert (newest.pending_waits, newest.team_moves_up, newest.changed_by) == (False, True, actor)


def test_a_policy_is_one_merchants(merchant):
    set_standing_policy(merchant=merchant, pending_waits=True, team_moves_up=True, actor=None)
    other = MerchantFactory()
    with scope(merchant=other):
        assert standing_policy(other).pending_waits is False


def test_a_termination_ends_the_suspension(person, now):
    suspend(person, now)
    terminate_distributor(distributor=person, reason="gone", actor=None, effective_at=now)
    assert SuspensionEnd.objects.get().ended_at == now


def test_only_the_terminated_are_readmitted(person, now):
    with pytest.raises(StandingRefused):
        readmit_distributor(distributor=person, reason="wrong", actor=None)
    terminate_distributor(distributor=person, reason="gone", actor=None)
    readmit_distributor(distributor=person, reason="wrong", actor=None)
    assert Distributor.objects.get().status == "active"
    assert history(person)[-1][:2] == ("terminated", "active")


def test_stages_of_one_merchant_leave_the_others_alone(merchant, person, now):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = DistributorFactory(joined_at=now - 100 * DAY)
        suspend(stranger, now)
    assert end_due_suspensions(merchant=merchant, as_of=now + 2 * DAY) == 0
    with scope(merchant=other):
        assert Distributor.objects.get().status == "suspended"
