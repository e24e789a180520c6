"""A person decides, once, and the standing follows to the moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.distributors.models import Distributor, Suspension
from apps.distributors.services.standing import (
    StandingRefused,
    suspend_distributor,
    terminate_distributor,
)
from apps.distributors.services.suspensions import set_standing_policy
from apps.price_control.models import Measure, Violation
from apps.price_control.models.ladders import Step
from apps.price_control.services import PriceControlRefused, decide_violation, propose_step
from tests.factories import DistributorFactory, UserFactory

DAY = timedelta(days=1)


def status(person):
    return Distributor.objects.get(pk=person.pk).status


def state(violation):
    return Violation.objects.with_state().get(pk=violation.pk).state


def test_a_warning_changes_nothing_but_the_record(record, decide, person, operator):
    violation = record()
    assert state(violation) == "open"
    measure = decide(violation, reason=" price list ")
    assert (measure.step, measure.proposed, measure.counted) == (Step("warn"), Step("warn"), 0)
    assert (measure.reason, measure.decided_by, measure.event) == ("price list", operator, None)
    assert measure.appeal_until == measure.decided_at + 15 * DAY
    assert state(violation) == "decided"
    assert status(person) == "active"


def test_a_suspension_lasts_for_exactly_its_days(record, decide, person):
    measure = decide(record(), "suspend", days=7)
    suspension = Suspension.objects.get()
    assert suspension.event == measure.event
    assert suspension.ends_at - suspension.starts_at == 7 * DAY
    assert suspension.pending_waits is False
    assert status(person) == "suspended"
    # Decided otherwise than the ladder proposed, and both are kept.
    assert (measure.step, measure.proposed) == (Step("suspend", 7), Step("warn"))
    assert not measure.is_as_proposed


def test_pending_waits_by_policy_or_by_choice(merchant, record, decide):
    set_standing_policy(merchant=merchant, pending_waits=True, team_moves_up=False, actor=None)
    decide(record(), "suspend", days=7)
    assert Suspension.objects.get().pending_waits is True
    decide(record(), "suspend", days=7, pending_waits=False)
    assert Suspension.objects.order_by("pk").last().pending_waits is False


def test_a_second_suspension_prolongs_the_first(record, decide):
    decide(record(), "suspend", days=7)
    decide(record(), "suspend", days=30)
    first, second = Suspension.objects.order_by("pk")
    assert second.ends_at == first.ends_at + 30 * DAY
    assert first.end.ended_at == second.starts_at


def test_days_add_nothing_to_a_suspension_without_end(record, decide, person):
    suspend_distributor(distributor=person, reason="why", actor=None)
    violation = record()
    with pytest.raises(PriceControlRefused):
        decide(violation, "suspend", days=7)
    assert not Measure.objects.exists()
    decide(violation, "warn")


def test_a_termination_takes_the_team_along_where_chosen(record, decide, person):
    child = DistributorFactory(parent=person)
    decide(record(), "terminate", team_moves_up=True)
    assert status(person) == "terminated"
    assert Distributor.objects.get(pk=child.pk).parent is None


def test_whoever_has_left_can_still_be_warned_but_not_suspended(record, decide, person):
    violation = record()
    terminate_distributor(distributor=person, reason="gone", actor=None)
    with pytest.raises(StandingRefused):
        decide(violation, "suspend", days=3)
    with pytest.raises(StandingRefused):
        decide(violation, "terminate")
    assert not Measure.objects.exists()
    decide(violation)


def test_no_violation_after_all(record, decide, person):
    violation = record()
    measure = decide(violation, "dismiss")
    assert (measure.counts, state(violation), status(person)) == (False, "dismissed", "active")


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"reason": "x" * 201},
        {"action": "scold"},
        {"action": "suspend"},
        {"action": "suspend", "days": 0},
        {"action": "suspend", "days": 3651},
    ],
)
def test_wrong_decisions(record, decide, person, wrong):
    violation = record()
    with pytest.raises(PriceControlRefused):
        decide(violation, **wrong)
    assert (state(violation), status(person)) == ("open", "active")


def test_the_same_decision_again_is_the_first(record, decide):
    violation = record()
    first = decide(violation, "suspend", days=7)
    assert decide(violation, "suspend", days=7) == first
    assert Suspension.objects.count() == 1


def test_another_decision_is_too_late(record, decide, person):
    violation = record()
    decide(violation)
    for values in ({"action": "terminate"}, {"actor": UserFactory()}):
        with pytest.raises(PriceControlRefused):
            decide(violation, **values)
    assert status(person) == "active"
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.create(
            merchant=violation.merchant, violation=violation, action="warn",
            proposed_action="warn", counted=0, reason="x", appeal_until=violation.recorded_at,
        )  # fmt: skip


def test_a_step_that_is_no_longer_proposed_is_not_confirmed(record, decide):
    first, second = record(), record()
    seen = propose_step(second).step.key
    assert seen == "warn:"
    decide(first)
    with pytest.raises(PriceControlRefused):
        decide(second, seen=seen)
    assert state(second) == "open"
    decide(second, "suspend", days=7, seen="suspend:7")


def test_deciding_takes_the_violations_own_merchant(record, decide, operator):
    violation = record()
    measure = decide_violation(violation=violation, action="warn", reason="x", actor=operator)
    assert measure.merchant == violation.merchant
