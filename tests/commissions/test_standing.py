"""What a suspension does to orders and to money already earned, to the moment and to the fen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.commissions.models import Release, StageRun
from apps.commissions.selectors.explanation import explain_order
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.settling import people_to_settle
from apps.commissions.services.stages import run_due
from apps.distributors.models import Suspension
from apps.distributors.services.standing import (
    change_suspension,
    reinstate_distributor,
    suspend_distributor,
    terminate_distributor,
)
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.selectors import wallet_balances
from apps.orders.services.refunds import record_refund
from apps.promotion.models import Attribution
from tests.factories import DistributorFactory, OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
PAID = START + DAY
# Paid on March 2, completed on March 5, due on March 12.
DUE = PAID + 10 * DAY
CONTENT = {"name": "P", "depths": 1, "hold_days": 7, "rules": [{"depth": 1, "percent": "10"}]}


@pytest.fixture
def plan(merchant):
    return activate_plan(
        plan=draft_plan(merchant=merchant, content=CONTENT), effective_from=START,
        acknowledged_by="Owner",
    )  # fmt: skip


@pytest.fixture
def seller(plan):
    return DistributorFactory(joined_at=START)


def sell(seller, paid_at=PAID):
    """¥100.00, of which ¥10.00 are the seller's."""
    order = OrderFactory(distributor=seller, completed=True, placed_at=paid_at)
    return OrderLineFactory(order=order, unit_price=Decimal("100.00"))


def suspend(seller, starts_at, ends_at=None, waits=True):
    """As decided then; a planned end may lie in what is the past by now."""
    suspend_distributor(
        distributor=seller, reason="why", actor=None, effective_at=starts_at, pending_waits=waits
    )
    Suspension.objects.filter(end=None).update(ends_at=ends_at)


def reinstate(seller, at):
    reinstate_distributor(distributor=seller, reason="fine", actor=None, effective_at=at)


def money(seller):
    balances = wallet_balances(seller)
    return str(balances["pending"]), str(balances["available"])


def released_at():
    return Release.objects.get().released_at


class TestOrders:
    """An order is given to whoever had standing when it was paid."""

    @pytest.mark.parametrize(
        ("paid_at", "status"),
        [
            (START + 5 * DAY - INSTANT, "active"),
            (START + 5 * DAY, "suspended"),
            (START + 8 * DAY - INSTANT, "suspended"),
            (START + 8 * DAY, "active"),
        ],
    )
    @pytest.mark.parametrize("late", [timedelta(0), 30 * DAY])
    def test_at_the_edges_of_a_suspension_whenever_the_stages_run(
        self, merchant, seller, paid_at, status, late
    ):
        suspend(seller, START + 5 * DAY, START + 8 * DAY)
        sell(seller, paid_at)

        counts = run_due(merchant=merchant, as_of=START + 8 * DAY + late)

        assert [each["status"] for each in Attribution.objects.get().chain] == [status]
        assert counts["suspensions"] == 1
        assert counts["commissions"] == (status == "active")

    def test_an_order_known_only_later_still_meets_the_standing_of_its_moment(
        self, merchant, seller
    ):
        suspend(seller, START + 5 * DAY, START + 8 * DAY)
        run_due(merchant=merchant, as_of=START + 9 * DAY)
        sell(seller, START + 6 * DAY)
        sell(seller, START + 8 * DAY + DAY / 2)

        run_due(merchant=merchant, as_of=START + 20 * DAY)

        assert [each.chain[0]["status"] for each in Attribution.objects.order_by("pk")] == [
            "suspended",
            "active",
        ]

    def test_a_moment_ahead_ends_nobodys_suspension(self, merchant, seller):
        ahead = timezone.now() + 5 * DAY
        suspend(seller, START + 5 * DAY, ahead)
        sell(seller)

        counts = run_due(merchant=merchant, as_of=ahead + DAY)

        seller.refresh_from_db()
        assert seller.status == "suspended" and "suspensions" not in counts
        assert Suspension.objects.open().count() == 1
        assert (money(seller), counts["released"]) == (("10.00", "0.00"), 0)

    def test_nothing_to_end_leaves_no_count(self, merchant, seller):
        assert "suspensions" not in run_due(merchant=merchant, as_of=START + 9 * DAY)

    def test_the_run_tells_of_it(self, merchant, seller):
        suspend(seller, START + 5 * DAY, START + 8 * DAY)
        run_due(merchant=merchant, as_of=START + 9 * DAY)
        assert ("suspensions ended", 1) in StageRun.objects.get().made


class TestPending:
    """What was earned before is released, or waits, and nothing is ever lost."""

    def test_it_goes_on_where_it_does_not_wait(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY, waits=False)
        run_due(merchant=merchant, as_of=DUE)
        assert money(seller) == ("0.00", "10.00")
        assert released_at() == DUE

    def test_it_waits_and_goes_on_when_reinstated(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY)
        counts = run_due(merchant=merchant, as_of=DUE + 3 * DAY)
        assert (money(seller), counts["released"]) == (("10.00", "0.00"), 0)

        reinstate(seller, DUE + 4 * DAY)
        run_due(merchant=merchant, as_of=DUE + 5 * DAY)

        assert money(seller) == ("0.00", "10.00")
        assert released_at() == DUE + 4 * DAY
        assert list(reconcile(merchant=merchant)) == []

    def test_it_is_released_at_the_planned_end_however_late(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY, DUE + 2 * DAY)
        run_due(merchant=merchant, as_of=DUE + 2 * DAY - INSTANT)
        assert money(seller) == ("10.00", "0.00")
        run_due(merchant=merchant, as_of=DUE + 9 * DAY)
        assert (money(seller), released_at()) == (("0.00", "10.00"), DUE + 2 * DAY)

    @pytest.mark.parametrize("starts_at", [DUE + INSTANT, DUE + DAY])
    def test_what_was_due_before_it_began_is_released_although_nobody_had_looked(
        self, merchant, seller, starts_at
    ):
        sell(seller)
        suspend(seller, starts_at)
        run_due(merchant=merchant, as_of=DUE + 9 * DAY)
        assert (money(seller), released_at()) == (("0.00", "10.00"), DUE)

    def test_due_in_the_instant_it_begins_waits(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE)
        run_due(merchant=merchant, as_of=DUE + 9 * DAY)
        assert money(seller) == ("10.00", "0.00")

    def test_one_that_is_over_before_the_hold_delays_nothing(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - 3 * DAY)
        reinstate(seller, DUE - DAY)
        run_due(merchant=merchant, as_of=DUE)
        assert released_at() == DUE

    def test_a_termination_lets_it_go_on(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY)
        terminate_distributor(distributor=seller, reason="gone", actor=None, effective_at=DUE + DAY)
        run_due(merchant=merchant, as_of=DUE + 2 * DAY)
        assert (money(seller), released_at()) == (("0.00", "10.00"), DUE + DAY)

    def test_what_becomes_due_after_a_termination_is_released_in_its_time(self, merchant, seller):
        sell(seller)
        terminate_distributor(distributor=seller, reason="gone", actor=None, effective_at=DUE - DAY)
        run_due(merchant=merchant, as_of=DUE)
        assert (money(seller), released_at()) == (("0.00", "10.00"), DUE)

    def test_a_refund_meanwhile_takes_its_share_of_what_waits(self, merchant, seller):
        line = sell(seller)
        suspend(seller, DUE - DAY, DUE + 4 * DAY)
        record_refund(
            order_line=line, amount=Decimal("30.00"), refunded_at=DUE + DAY, refund_no="R1"
        )
        run_due(merchant=merchant, as_of=DUE + 2 * DAY)
        assert money(seller) == ("7.00", "0.00")
        run_due(merchant=merchant, as_of=DUE + 5 * DAY)
        assert (money(seller), released_at()) == (("0.00", "7.00"), DUE + 4 * DAY)
        assert list(reconcile(merchant=merchant)) == []

    def test_changed_to_go_on_it_goes_on_from_then(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY)
        change_suspension(
            distributor=seller, reason="mercy", actor=None, ends_at=None, pending_waits=False
        )
        changed_at = Suspension.objects.get(end=None).starts_at
        run_due(merchant=merchant, as_of=changed_at + DAY)
        assert (money(seller), released_at()) == (("0.00", "10.00"), changed_at)

    def test_others_are_not_held(self, merchant, seller):
        other = DistributorFactory(joined_at=START)
        sell(other)
        sell(seller)
        suspend(seller, DUE - DAY)
        assert run_due(merchant=merchant, as_of=DUE)["released"] == 1
        assert (money(other), money(seller)) == (("0.00", "10.00"), ("10.00", "0.00"))

    def test_as_of_the_past_a_later_end_has_not_come(self, merchant, seller):
        sell(seller)
        suspend(seller, DUE - DAY)
        reinstate(seller, DUE + 4 * DAY)
        assert run_due(merchant=merchant, as_of=DUE + 3 * DAY)["released"] == 0
        assert run_due(merchant=merchant, as_of=DUE + 4 * DAY)["released"] == 1

    def test_the_explanation_says_why(self, merchant, seller):
        line = sell(seller)
        suspend(seller, DUE - DAY)
        run_due(merchant=merchant, as_of=DUE + 9 * DAY)
        (paid,) = explain_order(line.order).lines[0].paid
        assert paid.release == (
            "Pending: the hold ended on 2026-03-12 08:00, while the beneficiary was suspended; it "
            "waits until the suspension is over."
        )
        reinstate(seller, DUE + 10 * DAY)
        (paid,) = explain_order(line.order).lines[0].paid
        assert paid.release == (
            "Pending: the hold ended on 2026-03-12 08:00; the next run releases it."
        )

    def test_nobody_looks_in_vain(self, merchant, seller):
        sell(seller)
        run_due(merchant=merchant, as_of=DUE - DAY)
        suspend(seller, DUE - DAY)
        found = people_to_settle(
            merchant=merchant, as_of=DUE + DAY, refund_ids=[], after_id=0, limit=10
        )
        assert found == []
