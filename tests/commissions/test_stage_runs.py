"""What a pass over the stages leaves behind: nothing, one row, or a row that can be watched."""

import io
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.commissions.models import Plan, StageRun
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stage_runs import RecordedRun, ask_for_run
from apps.commissions.services.stages import run_due
from apps.commissions.tasks import run_due_for_merchant
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def recorded(merchant, clock, **options) -> RecordedRun:
    return RecordedRun(
        merchant=merchant, as_of=NOW, names=("booked", "commissions"), clock=clock, **options
    )


def stored() -> list[tuple]:
    return list(StageRun.objects.values_list("stage", "done", "total", "counts", "error"))


def test_a_run_that_found_nothing_leaves_no_row(merchant, clock):
    with recorded(merchant, clock) as run:
        run.start_stage("book")
    assert run.counts == {"booked": 0, "commissions": 0}
    assert not StageRun.objects.exists()


def test_a_short_run_is_written_once_and_counts_nothing_beforehand(merchant, clock):
    with CaptureQueriesContext(connection) as queries, recorded(merchant, clock) as run:
        run.start_stage("book", total=lambda: pytest.fail("nobody watches a short run"))
        run.advance({"booked": 2, "commissions": 5})
        run.advance({"booked": 1, "commissions": 1})
    assert len(queries) == 1
    row = StageRun.objects.get()
    assert row.counts == {"booked": 3, "commissions": 6}
    assert (row.origin, row.actor, row.as_of) == ("worker", None, NOW)
    assert row.state_at(timezone.now()) == "done"


def test_a_long_run_is_saved_about_once_a_second(merchant, clock):
    with recorded(merchant, clock) as run:
        run.start_stage("book", total=lambda: 30)
        run.advance({"booked": 10, "commissions": 20})
        assert stored() == []
        clock.seconds = 1.0
        run.advance({"booked": 10, "commissions": 20})
        assert stored() == [("book", 20, 50, {"booked": 20, "commissions": 40}, "")]
        with CaptureQueriesContext(connection) as queries:
            run.advance({"booked": 10, "commissions": 20})
        assert len(queries) == 0
        clock.seconds = 2.0
        run.advance({"booked": 10, "commissions": 20})
        assert stored() == [("book", 40, 50, {"booked": 40, "commissions": 80}, "")]
        assert StageRun.objects.get().state_at(timezone.now()) == "running"
    assert StageRun.objects.get().state_at(timezone.now()) == "done"


def test_more_than_was_counted_raises_the_total(merchant, clock):
    with recorded(merchant, clock) as run:
        run.start_stage("book", total=5)
        clock.seconds = 1.0
        run.advance({"booked": 7, "commissions": 0})
        assert (run.row.done, run.row.total) == (7, 7)


def test_an_error_is_noted_and_goes_on_its_way(merchant, clock):
    with pytest.raises(ZeroDivisionError), recorded(merchant, clock) as run:
        run.advance({"booked": 1, "commissions": 0})
        raise ZeroDivisionError("by nought")
    row = StageRun.objects.get()
    assert row.error == "ZeroDivisionError: by nought"
    assert row.counts == {"booked": 1, "commissions": 0}
    assert row.state_at(timezone.now()) == "failed"


def test_a_run_that_shows_no_sign_of_life_was_interrupted(merchant):
    row = StageRun.objects.create(merchant=merchant, as_of=NOW, stage="book", seen_at=NOW)
    assert row.state_at(NOW + timedelta(minutes=5)) == "running"
    assert row.state_at(NOW + timedelta(minutes=5, seconds=1)) == "interrupted"
    row.started_at = NOW - timedelta(seconds=30)
    assert row.duration == timedelta(seconds=30)


def test_whoever_asked_sees_a_row_at_once_and_its_end_even_without_work(merchant):
    user = UserFactory()
    row = ask_for_run(merchant=merchant, actor=user)
    assert row.state_at(timezone.now()) == "waiting"

    run_due_for_merchant(merchant.pk, row.pk)
    row.refresh_from_db()
    assert (row.origin, row.actor) == ("console", user)
    assert row.state_at(timezone.now()) == "done"
    assert set(row.counts.values()) == {0}

    finished_at = row.finished_at
    run_due_for_merchant(merchant.pk, row.pk)
    row.refresh_from_db()
    assert row.finished_at == finished_at
    assert StageRun.objects.count() == 1


def test_another_merchants_run_is_not_taken_up(merchant):
    row = ask_for_run(merchant=merchant, actor=None)
    run_due_for_merchant(MerchantFactory().pk, row.pk)
    row.refresh_from_db()
    assert row.finished_at is None


def test_progress_is_told_stage_by_stage(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=PLAN), effective_from=NOW)
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory()))
    told = []
    run_due(merchant=merchant, on_progress=lambda row: told.append((row.stage, row.done)))
    assert told == [("book", 1)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_command_shows_a_bar_at_a_terminal_and_its_line_as_ever(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=PLAN), effective_from=NOW)
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory()))
    out, err = io.StringIO(), Terminal()
    call_command("run_due", "--merchant", merchant.code, stdout=out, stderr=err)
    assert out.getvalue() == (
        f"{merchant.code}: attributed=1 booked=1 commissions=1 refunds=0 reversed=0 released=0\n"
    )
    assert f"{merchant.code} book: 1it" in err.getvalue()
    assert StageRun.objects.get().origin == "command"


def test_one_merchants_failure_does_not_stop_the_others(merchant, caplog):
    draft_plan(merchant=merchant, content=PLAN)
    # Put into force past the service, with a document that cannot be read.
    Plan.objects.update(document={}, effective_from=NOW)
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory()))
    other = MerchantFactory(code="zzz")
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"The stages of {merchant.code} failed"):
        call_command("run_due", stdout=out)
    assert out.getvalue().startswith(f"{other.code}: attributed=0")
    assert StageRun.objects.get().error.startswith("KeyError: ")
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == f"Stages of merchant {merchant.code} failed."
