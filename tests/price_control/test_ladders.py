"""The ladder a merchant sets, and what it proposes."""

from datetime import timedelta

import pytest
from django_scopes import scope

from apps.price_control.models import Ladder
from apps.price_control.models.ladders import DEFAULT_STEPS, Step
from apps.price_control.services import (
    PriceControlRefused,
    answer_appeal,
    appeal_violation,
    current_ladder,
    propose_step,
    set_ladder,
)
from tests.factories import DistributorFactory, MerchantFactory, UserFactory

DAY = timedelta(days=1)


STEPS = (Step("warn"), Step("suspend", 7), Step("terminate"))


def put(merchant, steps=STEPS, **values):
    return set_ladder(
        **{
            "merchant": merchant,
            "steps": list(steps),
            "window_days": 30,
            "per_kind": False,
            "appeal_days": 5,
            "actor": None,
        }
        | values
    )


def test_before_the_first_there_is_a_default(merchant):
    ladder = current_ladder(merchant)
    assert ladder.pk is None
    assert tuple(ladder.rungs) == DEFAULT_STEPS
    assert (ladder.window_days, ladder.per_kind, ladder.appeal_days) == (365, False, 15)


def test_a_change_is_a_new_row_and_the_same_is_none(merchant):
    actor = UserFactory()
    first = put(merchant, actor=actor)
    assert put(merchant, actor=actor) == first
    second = put(merchant, window_days=60)
    assert current_ladder(merchant) == second
    assert list(Ladder.objects.order_by("pk").values_list("window_days", "made_by")) == [
        (30, actor.pk),
        (60, None),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"steps": [Step("warn")] * 7},
        {"steps": [Step("dismiss")]},
        {"steps": [Step("suspend")]},
        {"steps": [Step("suspend", 0)]},
        {"steps": [Step("suspend", 3651)]},
        {"steps": [Step("warn", 3)]},
        {"steps": [Step("suspend", 7), Step("warn")]},
        {"steps": [Step("suspend", 7), Step("suspend", 6)]},
        {"steps": [Step("terminate"), Step("terminate")]},
        {"window_days": 0},
        {"appeal_days": 0},
        {"window_days": 3651},
    ],
)
def test_ladders_that_make_no_sense(merchant, wrong):
    with pytest.raises(PriceControlRefused):
        put(merchant, **wrong)
    assert not Ladder.objects.exists()


def test_each_violation_takes_the_next_step_and_the_last_stays(merchant, record, decide):
    put(merchant, steps=[Step("warn"), Step("warn"), Step("suspend", 3)])
    proposed = []
    for _number in range(4):
        violation = record()
        proposed.append(propose_step(violation)[:2])
        decide(violation)
    assert proposed == [
        (Step("warn"), 0),
        (Step("warn"), 1),
        (Step("suspend", 3), 2),
        (Step("suspend", 3), 3),
    ]


@pytest.mark.parametrize(
    ("before", "counted"),
    [(30 * DAY, 1), (30 * DAY + timedelta(microseconds=1), 0), (-DAY / 48, 1)],
)
def test_counted_is_what_happened_within_the_days(merchant, record, decide, now, before, counted):
    put(merchant)
    decide(record(happened_at=now - DAY - before))
    assert propose_step(record(happened_at=now - DAY)).counted == counted


def test_kinds_together_or_each_for_itself(merchant, record, decide):
    put(merchant)
    decide(record(kind="false_claims"))
    violation = record(kind="low_price")
    assert propose_step(violation).counted == 1
    put(merchant, per_kind=True)
    assert propose_step(violation).counted == 0
    decide(record(kind="low_price"))
    assert propose_step(violation).counted == 1


def test_only_what_was_decided_as_a_violation_counts(merchant, record, decide):
    put(merchant)
    record()
    decide(record(), "dismiss")
    assert propose_step(record()).counted == 0


def test_what_an_appeal_made_void_counts_no_more(merchant, record, decide, person):
    put(merchant)
    violation = record()
    decide(violation)
    assert propose_step(record()).counted == 1
    appeal = appeal_violation(
        violation=violation, distributor=person, statement="No.", actor=person.user,
        request_key="a",
    )  # fmt: skip
    assert propose_step(record()).counted == 1
    answer_appeal(appeal=appeal, is_upheld=True, reason="Right.", actor=None)
    assert propose_step(record()).counted == 0


def test_other_people_and_other_merchants_do_not_count(merchant, record, decide, now):
    put(merchant)
    decide(record(distributor=DistributorFactory(joined_at=now - 9 * DAY)))
    other = MerchantFactory()
    with scope(merchant=other):
        put(other, window_days=77)
    assert propose_step(record()).counted == 0
    assert current_ladder(merchant).window_days == 30
