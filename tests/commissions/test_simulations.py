"""Rehearsals asked for in the console: run once, kept with their result or the reason."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Plan, Simulation
from apps.commissions.services.plans import draft_plan
from apps.commissions.services.rehearsal import Move
from apps.commissions.services.rehearsing import RehearsalRefused
from apps.commissions.services.simulations import (
    LOST_AFTER,
    ask_for_simulation,
    run_simulation,
)
from apps.commissions.tasks import (
    run_asked_simulation,
    run_waiting_simulations,
    wake_simulation,
)
from apps.distributors.models import Distributor
from tests.commissions.rehearsed import DAY, DRAFT, sell
from tests.commissions.test_tasks import waiting
from tests.factories import MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(merchant):
    return sell(merchant)


def ask(merchant, **values) -> Simulation:
    values.setdefault("date_from", DAY)
    values.setdefault("date_to", DAY)
    return ask_for_simulation(merchant=merchant, actor=UserFactory(), **values)


@pytest.fixture
def asked(merchant, sold):
    return ask(merchant, plan=draft_plan(merchant=merchant, content=DRAFT))


def test_a_waiting_one_is_run_and_keeps_its_result(merchant, asked):
    assert run_simulation(simulation_id=asked.pk)

    asked.refresh_from_db()
    assert (asked.status, asked.done, asked.total, asked.error) == ("done", 4, 4, "")
    assert asked.finished_at is not None
    assert asked.result["commission"]["difference"] == "14.30"
    assert str(asked.subject) == "Summer v2"


def test_it_runs_once_however_often_it_is_delivered(merchant, asked):
    run_asked_simulation(merchant.pk, asked.pk)
    Simulation.objects.filter(pk=asked.pk).update(result={"kept": True})

    run_asked_simulation(merchant.pk, asked.pk)

    asked.refresh_from_db()
    assert asked.result == {"kept": True}
    assert not run_simulation(simulation_id=asked.pk)


@pytest.mark.parametrize("status", ["running", "done", "failed"])
def test_only_a_waiting_one_is_taken(merchant, asked, status):
    Simulation.objects.filter(pk=asked.pk).update(status=status)

    assert not run_simulation(simulation_id=asked.pk)

    asked.refresh_from_db()
    assert (asked.status, asked.result) == (status, None)


def test_a_refusal_is_kept_as_the_reason(merchant, sold):
    people = {each.code: each for each in Distributor.objects.select_related("parent")}
    asked = ask(merchant, move=Move(people["C"], people["D"]))
    Simulation.objects.filter(pk=asked.pk).update(new_parent=people["B"])

    assert run_simulation(simulation_id=asked.pk)

    asked.refresh_from_db()
    assert asked.status == "failed"
    assert asked.error.endswith("stands there already.")
    assert asked.finished_at is not None


def test_an_error_is_kept_and_raised(merchant, asked):
    # A document that no service would have let through.
    Plan.objects.filter(pk=asked.plan_id).update(document=7)

    with pytest.raises(TypeError):
        run_simulation(simulation_id=asked.pk)

    asked.refresh_from_db()
    assert asked.status == "failed"
    assert asked.error.startswith("TypeError: ")


def test_what_cannot_be_is_refused_before_it_is_kept(merchant, sold):
    people = {each.code: each for each in Distributor.objects.select_related("parent")}
    for values in (
        {},
        {"move": Move(people["A"], people["C"])},
        {"plan": Plan.objects.get(), "date_to": DAY - timedelta(days=1)},
    ):
        with pytest.raises(RehearsalRefused):
            ask(merchant, **values)
    assert not Simulation.objects.exists()


def test_another_merchants_is_not_run(merchant, asked):
    other = MerchantFactory()

    run_asked_simulation(other.pk, asked.pk)

    asked.refresh_from_db()
    assert asked.status == "waiting"
    with scope(merchant=other):
        assert not run_simulation(simulation_id=asked.pk)


def test_a_merchant_that_is_gone_is_no_error(merchant):
    run_asked_simulation(merchant.pk + 1, 1)


def test_a_lost_message_is_swept(merchant, asked, django_capture_on_commit_callbacks):
    waiting()
    with django_capture_on_commit_callbacks(execute=True):
        wake_simulation(asked)
        assert waiting() == []
    assert waiting() == [[merchant.pk, asked.pk]]

    run_waiting_simulations()
    assert waiting() == [[merchant.pk, asked.pk]]

    run_simulation(simulation_id=asked.pk)
    run_waiting_simulations()
    assert waiting() == []


def test_one_whose_worker_is_gone_is_run_again(merchant, asked):
    waiting()
    alive, lost = timezone.now(), timezone.now() - LOST_AFTER - timedelta(seconds=1)
    Simulation.objects.filter(pk=asked.pk).update(status="running", noted_at=alive, done=3)
    run_waiting_simulations()
    asked.refresh_from_db()
    assert (asked.status, waiting()) == ("running", [])

    Simulation.objects.filter(pk=asked.pk).update(noted_at=lost)
    run_waiting_simulations()
    assert waiting() == [[merchant.pk, asked.pk]]
    assert run_simulation(simulation_id=asked.pk)

    asked.refresh_from_db()
    assert (asked.status, asked.done, asked.result["commission"]["difference"]) == (
        "done",
        4,
        "14.30",
    )
    assert asked.noted_at > lost
