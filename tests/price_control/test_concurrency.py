"""People who act in the same instant, on PostgreSQL: SQLite lets one writer in at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Ban, Distributor, DistributorEvent, Suspension, SuspensionEnd
from apps.distributors.services.bans import ban_distributor
from apps.distributors.services.expiring import end_due_suspensions
from apps.distributors.services.standing import (
    StandingRefused,
    suspend_distributor,
    terminate_distributor,
)
from apps.payouts.models import FinalSettlement, Withdrawal
from apps.payouts.services import settle_terminated
from apps.price_control.models import Appeal, AppealAnswer, Measure, Violation
from apps.price_control.services import (
    answer_appeal,
    appeal_violation,
    decide_violation,
    propose_step,
    record_violation,
)
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    StaffMembershipFactory,
    UserFactory,
)
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund
from tests.payouts.test_concurrency import at_once, succeeded

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def operators(merchant):
    return UserFactory.create_batch(8)


def copies(call, operators):
    """The same call by each of them."""
    return [lambda actor=actor: call(actor) for actor in operators]


def standing_events():
    return DistributorEvent.objects.filter(field="status").count()


def test_a_violation_decided_by_many_is_decided_once(merchant, record, operators):
    violation = record()

    results = at_once(
        merchant,
        copies(
            lambda actor: decide_violation(
                violation=violation, action="suspend", days=7, reason="x", actor=actor
            ),
            operators,
        ),
    )

    assert len(succeeded(results)) == 1
    assert (Measure.objects.count(), Suspension.objects.count(), standing_events()) == (1, 1, 1)


def test_the_same_press_many_times_is_one_decision(merchant, record, operator):
    violation = record()
    results = at_once(
        merchant,
        [
            lambda: decide_violation(
                violation=violation, action="suspend", days=7, reason="x", actor=operator
            )
        ]
        * 8,
    )
    assert len({each.pk for each in succeeded(results)}) == 1
    assert len(succeeded(results)) == 8
    assert standing_events() == 1


def test_two_violations_at_once_are_not_both_the_first(merchant, record, operators):
    violations = [record() for _each in operators]
    seen = {each: propose_step(each).step for each in violations}
    assert {step.key for step in seen.values()} == {"warn:"}

    results = at_once(
        merchant,
        [
            lambda violation=violation, actor=actor: decide_violation(
                violation=violation, action="warn", reason="x", actor=actor, seen="warn:"
            )
            for violation, actor in zip(violations, operators, strict=True)
        ],
    )

    assert len(succeeded(results)) == 1
    assert Measure.objects.get().counted == 0


def test_a_violation_noted_many_times_with_one_key_is_one(merchant, person, now, operators):
    results = at_once(
        merchant,
        copies(
            lambda actor: record_violation(
                distributor=person, kind="low_price", description="x", request_key="same",
                links="https://shop.example/1", happened_at=now, actor=actor,
            ),
            operators,
        ),
    )  # fmt: skip
    assert len(succeeded(results)) == 8
    assert Violation.objects.count() == 1


def test_an_appeal_is_made_and_answered_once(merchant, record, decide, person, operators):
    violation = record()
    decide(violation, "suspend", days=7)
    results = at_once(
        merchant,
        [
            lambda key=f"k{number}": appeal_violation(
                violation=violation, distributor=person, statement="x", actor=None,
                request_key=key,
            )
            for number in range(8)
        ],
    )  # fmt: skip
    assert len(succeeded(results)) == 1
    appeal = Appeal.objects.get()

    results = at_once(
        merchant,
        copies(
            lambda actor: answer_appeal(appeal=appeal, is_upheld=True, reason="x", actor=actor),
            operators,
        ),
    )

    assert len(succeeded(results)) == 1
    assert (AppealAnswer.objects.count(), standing_events()) == (1, 2)
    assert Distributor.objects.get(pk=person.pk).status == "active"


def test_a_suspension_ended_by_many_workers_ends_once(merchant, operators):
    now = timezone.now()
    people = DistributorFactory.create_batch(3, joined_at=now - 9 * DAY)
    for person in people:
        suspend_distributor(
            distributor=person, reason="x", actor=None, effective_at=now, ends_at=now + DAY
        )

    results = at_once(
        merchant, [lambda: end_due_suspensions(merchant=merchant, as_of=now + DAY)] * 8
    )

    assert sum(results) == 3
    assert SuspensionEnd.objects.count() == 3
    assert standing_events() == 6


def test_a_person_terminated_by_many_is_terminated_once_with_their_team(merchant, operators):
    person = DistributorFactory(parent=DistributorFactory())
    children = DistributorFactory.create_batch(3, parent=person)

    results = at_once(
        merchant,
        copies(
            lambda actor: terminate_distributor(
                distributor=person, reason="x", actor=actor, team_moves_up=True
            ),
            operators,
        ),
    )

    assert len(succeeded(results)) == 1
    assert all(
        isinstance(each, StandingRefused) for each in results if each not in succeeded(results)
    )
    assert DistributorEvent.objects.filter(field="parent").count() == 3
    moved = Distributor.objects.filter(pk__in=[each.pk for each in children])
    assert {each.parent_id for each in moved} == {person.parent_id}


def test_a_ban_by_many_is_one(merchant, person, operators):
    results = at_once(
        merchant,
        copies(
            lambda actor: ban_distributor(distributor=person, reason="x", actor=actor), operators
        ),
    )
    assert len(succeeded(results)) == 1
    assert (Ban.objects.count(), standing_events()) == (1, 1)


def test_a_final_settlement_by_many_takes_the_money_once(merchant):
    person = DistributorFactory()
    add_account(person)
    fund(person, "100.00")
    terminate_distributor(distributor=person, reason="x", actor=None)
    finance = [StaffMembershipFactory(role="finance").user for _each in range(8)]

    results = at_once(
        merchant,
        [
            lambda actor=actor, key=f"k{number}": settle_terminated(
                distributor=person, reason="x", actor=actor, request_key=key
            )
            for number, actor in enumerate(finance)
        ],
    )

    assert len(succeeded(results)) == 1
    assert (FinalSettlement.objects.count(), Withdrawal.objects.count()) == (1, 1)
    assert books(person) == {"withdrawing": "100.00"}
