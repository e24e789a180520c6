"""The person concerned appeals in time, once; an upheld appeal undoes by new events."""

from datetime import timedelta

import pytest

from apps.core.attachments import AttachmentRefused, Upload
from apps.distributors.models import Distributor, DistributorEvent, Suspension
from apps.distributors.services.bans import ban_distributor
from apps.distributors.services.standing import (
    StandingRefused,
    reinstate_distributor,
    suspend_distributor,
)
from apps.price_control.models import Appeal, AppealAnswer, Measure, Violation, ViolationFile
from apps.price_control.services import PriceControlRefused, answer_appeal, appeal_violation
from tests.factories import DistributorFactory, UserFactory
from tests.price_control.uploads import picture

DAY = timedelta(days=1)


@pytest.fixture
def appeal(person):
    def appeal(violation, **values):
        return appeal_violation(
            **{
                "violation": violation,
                "distributor": person,
                "statement": "That was not my shop.",
                "actor": person.user,
                "request_key": f"appeal-{violation.pk}",
            }
            | values
        )

    return appeal


def answer(appeal, is_upheld, **values):
    return answer_appeal(
        **{"appeal": appeal, "is_upheld": is_upheld, "reason": "Looked at it.", "actor": None}
        | values
    )


def status(person):
    return Distributor.objects.get(pk=person.pk).status


def state(violation):
    return Violation.objects.with_state().get(pk=violation.pk).state


def standing(person):
    events = person.events.filter(field="status").order_by("pk")
    return list(events.values_list("old_value", "new_value"))


def test_an_appeal_is_kept_and_the_decision_stands_meanwhile(record, decide, appeal, person):
    violation = record()
    decide(violation, "suspend", days=7)
    made = appeal(violation, files=[picture("mine.png")])
    assert (made.statement, made.submitted_by) == ("That was not my shop.", person.user)
    file = ViolationFile.objects.get()
    assert (file.appeal, file.violation, file.name) == (made, violation, "mine.png")
    assert (state(violation), status(person)) == ("appealed", "suspended")


def test_the_same_key_is_one_appeal_and_there_is_no_second(record, decide, appeal):
    violation = record()
    decide(violation)
    first = appeal(violation, files=[picture()])
    assert appeal(violation, files=[picture()]) == first
    assert ViolationFile.objects.count() == 1
    with pytest.raises(PriceControlRefused):
        appeal(violation, request_key="another")
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize(
    ("left", "in_time"), [(timedelta(seconds=30), True), (timedelta(microseconds=-1), False)]
)
def test_only_up_to_the_deadline(record, decide, appeal, now, left, in_time):
    violation = record()
    decide(violation)
    Measure.objects.update(appeal_until=now + left)
    if in_time:
        appeal(violation)
    else:
        with pytest.raises(PriceControlRefused):
            appeal(violation)
    assert Appeal.objects.exists() is in_time


def test_nothing_decided_nothing_to_appeal(record, decide, appeal):
    violation = record()
    with pytest.raises(PriceControlRefused):
        appeal(violation)
    decide(violation, "dismiss")
    with pytest.raises(PriceControlRefused):
        appeal(violation)


def test_only_the_person_concerned(record, decide, appeal):
    violation = record()
    decide(violation)
    with pytest.raises(PriceControlRefused):
        appeal(violation, distributor=DistributorFactory())
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("statement", ["  ", "x" * 2001])
def test_wrong_statements(record, decide, appeal, statement):
    violation = record()
    decide(violation)
    with pytest.raises(PriceControlRefused):
        appeal(violation, statement=statement)


def test_a_file_that_is_none_leaves_no_appeal(record, decide, appeal):
    violation = record()
    decide(violation)
    with pytest.raises(AttachmentRefused):
        appeal(violation, files=[Upload("x.exe", b"MZ")])
    assert not Appeal.objects.exists()


def test_rejected_it_stays_as_it_was(record, decide, appeal, person):
    violation, actor = record(), UserFactory()
    decide(violation, "suspend", days=7)
    given = answer(appeal(violation), False, actor=actor, reason=" The photo shows it. ")
    assert (given.reason, given.answered_by, given.event) == ("The photo shows it.", actor, None)
    assert (state(violation), status(person)) == ("decided", "suspended")


def test_upheld_the_suspension_ends_by_a_new_event(record, decide, appeal, person):
    violation = record()
    measure = decide(violation, "suspend", days=7)
    given = answer(appeal(violation), True)
    assert standing(person) == [("active", "suspended"), ("suspended", "active")]
    assert given.event == person.events.order_by("pk").last()
    assert given.event.reason == "Looked at it."
    suspension = Suspension.objects.get()
    assert suspension.end.event == given.event
    # What was is not touched.
    assert suspension.ends_at == suspension.starts_at + 7 * DAY
    assert Measure.objects.get() == measure
    assert (state(violation), status(person)) == ("void", "active")


def test_upheld_a_warning_is_void_and_the_standing_untouched(record, decide, appeal, person):
    violation = record()
    decide(violation)
    assert answer(appeal(violation), True).event is None
    assert (state(violation), standing(person)) == ("void", [])


def test_upheld_a_prolonged_suspension_falls_back_to_the_one_before(record, decide, appeal, person):
    first, second = record(), record()
    decide(first, "suspend", days=7)
    decide(second, "suspend", days=30)
    answer(appeal(second), True)
    suspensions = list(Suspension.objects.order_by("pk"))
    assert len(suspensions) == 3
    assert suspensions[2].ends_at == suspensions[0].ends_at
    assert status(person) == "suspended"


def test_upheld_the_earlier_of_two_leaves_the_later_alone(record, decide, appeal, person):
    first, second = record(), record()
    decide(first, "suspend", days=7)
    decide(second, "suspend", days=30)
    assert answer(appeal(first), True).event is None
    assert Suspension.objects.count() == 2
    assert status(person) == "suspended"


def test_what_others_decided_meanwhile_stays(record, decide, appeal, person):
    violation = record()
    decide(violation, "suspend", days=7)
    made = appeal(violation)
    reinstate_distributor(distributor=person, reason="mercy", actor=None)
    suspend_distributor(distributor=person, reason="another matter", actor=None)
    assert answer(made, True).event is None
    assert status(person) == "suspended"


def test_a_suspension_that_was_over_needs_no_ending(record, decide, appeal, person, now):
    violation = record()
    decide(violation, "suspend", days=7)
    Suspension.objects.update(starts_at=now - 2 * DAY, ends_at=now - DAY)
    DistributorEvent.objects.filter(field="status").update(effective_at=now - 2 * DAY)
    answer(appeal(violation), True)
    assert standing(person) == [("active", "suspended"), ("suspended", "active")]
    assert person.events.order_by("pk").last().effective_at == now - DAY


def test_upheld_somebody_terminated_is_back_and_their_team_where_it_went(
    record, decide, appeal, person
):
    child = DistributorFactory(parent=person)
    violation = record()
    decide(violation, "terminate", team_moves_up=True)
    given = answer(appeal(violation), True)
    assert given.event.new_value == "active"
    assert status(person) == "active"
    assert Distributor.objects.get(pk=child.pk).parent is None


def test_a_ban_has_to_be_lifted_first(record, decide, appeal, person):
    violation = record()
    decide(violation, "terminate")
    made = appeal(violation)
    ban_distributor(distributor=person, reason="why", actor=None)
    with pytest.raises(StandingRefused):
        answer(made, True)
    assert not AppealAnswer.objects.exists()
    assert status(person) == "terminated"


def test_an_answer_is_given_once(record, decide, appeal):
    violation = record()
    decide(violation, "suspend", days=7)
    made = appeal(violation)
    first = answer(made, True)
    assert answer(made, True) == first
    for wrong in ({"is_upheld": False}, {"actor": UserFactory()}, {"reason": "else"}):
        with pytest.raises(PriceControlRefused):
            answer(made, **{"is_upheld": True} | wrong)
    assert AppealAnswer.objects.count() == 1
    assert DistributorEvent.objects.filter(field="status").count() == 2


def test_an_answer_says_why(record, decide, appeal):
    violation = record()
    decide(violation)
    with pytest.raises(PriceControlRefused):
        answer(appeal(violation), True, reason=" ")
    assert state(violation) == "appealed"
