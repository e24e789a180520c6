"""Every run is kept, a red one stops payouts; by command, by night, and when somebody asks."""

import io
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from queue import Empty

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django_scopes import scope

from apps.distributors.models import Level
from apps.insights.models import ReconcileRun
from apps.insights.selectors.check_words import CHECK_WORDS, DETAILS, say_detail, say_subject
from apps.insights.selectors.reconcile import CHECKS, check_name
from apps.insights.selectors.reconcile_query import one_moment
from apps.insights.services.reconciling import ask_for_reconciling, reconcile_and_freeze
from apps.insights.tasks import reconcile_all, reconcile_merchant, send_reconciling
from apps.ledger.models import Account, Wallet
from apps.payouts.models import PayoutFreeze
from distribution_site.celery import app
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def bend() -> None:
    Account.objects.filter(kind="available").update(balance=Decimal("100.00"))


def waiting() -> list[list]:
    """The arguments of the messages in the queue, taken out."""
    found = []
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue("celery")
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return found
            found.append(message.payload[0])
            message.ack()


def test_a_green_run_is_kept_with_every_check(merchant, seller):
    user = UserFactory()
    run = reconcile_and_freeze(merchant=merchant, actor=user)
    run.refresh_from_db()
    assert run.state_at(NOW) == "green"
    assert run.actor == user
    assert set(run.checks) == {check_name(each) for each in CHECKS}
    assert {each["faults"] for each in run.checks.values()} == {0}
    assert all(each["ms"] >= 0 for each in run.checks.values())
    assert run.duration >= timedelta(0)
    assert not PayoutFreeze.objects.exists()


def test_a_red_run_keeps_the_first_rows_and_stops_payouts(merchant, seller):
    bend()
    run = reconcile_and_freeze(merchant=merchant)
    run.refresh_from_db()
    assert run.state_at(NOW) == "red"
    assert run.fault_count == 2
    assert run.checks["balances_equal_transfers"]["faults"] == 1
    account = Account.objects.get(kind="available")
    assert run.faults == [
        [
            "balances_equal_transfers",
            f"account {account.pk} (available)",
            "balance 100.00, transfers 6.00",
        ],
        ["released_equals_balances", "distributor S", "released 15.00, balances 109.00"],
    ]
    assert PayoutFreeze.objects.get().faults.splitlines() == [
        ": ".join(each) for each in run.faults
    ]


def test_of_many_rows_the_first_of_each_check_are_kept(merchant, seller):
    Account.objects.bulk_create(
        [
            Account(
                merchant=merchant, wallet=wallet, kind=kind, currency="CNY", balance=Decimal("1.00")
            )
            for wallet in new_wallets(merchant, 5)
            for kind in ("pending", "available", "withdrawing", "paid", "debt")
        ]
    )
    run = reconcile_and_freeze(merchant=merchant)
    assert run.checks["balances_equal_transfers"]["faults"] == 25
    kept = [each for each in run.faults if each[0] == "balances_equal_transfers"]
    assert len(kept) == 20
    assert PayoutFreeze.objects.get().faults.count("\n") == 19


def new_wallets(merchant, count: int) -> list:
    return [
        Wallet.objects.create(merchant=merchant, distributor=DistributorFactory())
        for _ in range(count)
    ]


def test_a_run_that_never_ended_was_interrupted(merchant):
    run = ReconcileRun(merchant=merchant, started_at=NOW)
    assert run.state_at(NOW + timedelta(hours=1)) == "running"
    assert run.state_at(NOW + timedelta(hours=1, seconds=1)) == "interrupted"
    assert run.duration is None


def test_the_command_is_silent_when_green_and_names_the_rows_otherwise(merchant, seller):
    out = io.StringIO()
    call_command("reconcile", "--merchant", merchant.code, stdout=out)
    assert out.getvalue() == ""
    assert not PayoutFreeze.objects.exists()

    bend()
    with pytest.raises(CommandError, match="2 rows at fault"):
        call_command("reconcile", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith(f"{merchant.code}: balances_equal_transfers: account ")
    assert lines[1] == (
        f"{merchant.code}: released_equals_balances: distributor S: released 15.00, balances 109.00"
    )
    assert PayoutFreeze.objects.get().faults in out.getvalue().replace(f"{merchant.code}: ", "")
    states = [run.state_at(NOW) for run in ReconcileRun.objects.order_by("pk")]
    assert states == ["green", "red"]


def test_a_reader_who_goes_away_does_not_keep_payouts_from_stopping(merchant, seller):
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    bend()
    with pytest.raises(BrokenPipeError):
        call_command("reconcile", stdout=Closed())
    assert PayoutFreeze.objects.exists()
    assert ReconcileRun.objects.get().state_at(NOW) == "red"


def test_the_command_shows_a_bar_at_a_terminal(merchant):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    call_command("reconcile", "--merchant", merchant.code, stderr=terminal)
    assert f"{len(CHECKS)}/{len(CHECKS)}" in terminal.getvalue()


def test_every_night_each_merchant_has_a_task_of_its_own(merchant):
    paused = MerchantFactory(is_active=False)
    waiting()
    reconcile_all()
    assert waiting() == [[merchant.pk], [paused.pk]]

    entry = settings.CELERY_BEAT_SCHEDULE["reconcile"]
    assert entry["task"] == reconcile_all.name
    assert entry["schedule"] == crontab(hour=3, minute=30)
    assert str(app.timezone) == settings.TIME_ZONE


def test_a_red_task_is_logged_as_an_error(merchant, seller, caplog):
    bend()
    reconcile_merchant(merchant.pk)
    assert ReconcileRun.objects.get().actor is None
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.getMessage() == (
        f"Merchant {merchant.code}: 2 rows at fault, payouts are stopped."
    )


def test_one_merchants_fault_stops_nobody_elses_payouts(merchant, seller):
    bend()
    other = MerchantFactory()
    reconcile_merchant(other.pk)
    reconcile_merchant(merchant.pk)
    assert PayoutFreeze.objects.get().merchant == merchant
    with scope(merchant=other):
        assert not PayoutFreeze.objects.exists()
        assert ReconcileRun.objects.get().state_at(NOW) == "green"


def test_a_run_that_was_asked_for_is_filled_in_once(
    merchant, seller, django_capture_on_commit_callbacks
):
    waiting()
    user = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        run = ask_for_reconciling(merchant=merchant, actor=user)
        send_reconciling(run)
    assert run.finished_at is None
    assert waiting() == [[merchant.pk, run.pk]]

    reconcile_merchant(merchant.pk, run.pk)
    run.refresh_from_db()
    finished_at = run.finished_at
    assert finished_at is not None
    reconcile_merchant(merchant.pk, run.pk)
    run.refresh_from_db()
    assert run.finished_at == finished_at
    assert ReconcileRun.objects.get().actor == user


def test_another_merchants_run_is_not_filled_in(merchant):
    run = ask_for_reconciling(merchant=merchant, actor=UserFactory())
    reconcile_merchant(MerchantFactory().pk, run.pk)
    run.refresh_from_db()
    assert run.finished_at is None


def test_a_merchant_that_is_gone_is_no_error(merchant):
    reconcile_merchant(merchant.pk + 1)
    assert not ReconcileRun.objects.exists()


def test_every_check_has_its_words():
    assert list(CHECK_WORDS) == [check_name(each) for each in CHECKS]
    promises = [str(words.promise) for words in CHECK_WORDS.values()]
    assert all(promise.endswith(".") for promise in promises)


def test_faults_are_said_in_the_readers_language():
    assert say_subject("order line 5") == "Order line 5"
    assert say_subject("account 7 (available)") == "Account 7 (available)"
    assert say_subject("something else") == "something else"
    assert say_detail("balance 1.00, transfers -2.00") == "balance 1.00, transfers -2.00"
    assert say_detail("what nobody has translated") == "what nobody has translated"
    assert len(set(DETAILS)) == len(DETAILS)


@pytest.mark.django_db(transaction=True)
def test_checks_read_the_books_of_one_moment_and_hold_up_nobody():
    merchant = MerchantFactory()

    def write() -> None:
        with scope(merchant=merchant):
            LevelFactory(merchant=merchant)
        connection.close()

    with scope(merchant=merchant):
        with one_moment():
            assert Level.objects.count() == 0
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(timeout=30)
            assert not writer.is_alive()
            assert Level.objects.count() == 0
        assert Level.objects.count() == 1
