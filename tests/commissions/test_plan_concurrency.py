"""Activating a plan while others activate or book, on PostgreSQL with real connections."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import OrderBooking, Plan
from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.booking import book_orders
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.orders.models import Order
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, OrderLineFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ONE = {"name": "One", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


def elsewhere(merchant, call):
    """`call` as another connection makes it; what it returned, or why it was refused."""
    try:
        with scope(merchant=merchant):
            return call()
    except PlanRefused as refused:
        return refused
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    """Return once another connection waits for a lock."""
    deadline = timezone.now() + timedelta(seconds=20)
    while timezone.now() < deadline:
        with connection.cursor() as cursor:
            # Within a transaction PostgreSQL would show the same activity for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits for a lock.")


def test_of_two_activations_of_a_draft_one_wins(merchant):
    plan = draft_plan(merchant=merchant, content=ONE)
    barrier = Barrier(2)

    def activate():
        barrier.wait(timeout=20)
        return activate_plan(plan=plan)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _n: elsewhere(merchant, activate), range(2)))

    assert sorted(isinstance(each, PlanRefused) for each in results) == [False, True]
    assert Plan.objects.get().effective_to is None


def test_of_two_drafts_activated_at_once_one_is_open(merchant):
    plans = [draft_plan(merchant=merchant, content=ONE) for _n in range(2)]
    barrier = Barrier(2)

    def activate(plan):
        barrier.wait(timeout=20)
        return activate_plan(plan=plan)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda plan: elsewhere(merchant, lambda: activate(plan)), plans))

    first, second = Plan.objects.order_by("effective_from")
    assert first.effective_to == second.effective_from
    assert second.effective_to is None


def test_an_activation_sees_what_a_booker_in_flight_has_booked(merchant):
    start = timezone.now() - timedelta(hours=2)
    paid_at = start + timedelta(hours=1)
    old = activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=start)
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory(), paid_at=paid_at))
    new = draft_plan(merchant=merchant, content=ONE)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        booked = book_orders(
            merchant=merchant, as_of=timezone.now(), stage=Order.Stage.NEW, limit=10
        )
        activation = pool.submit(
            elsewhere, merchant, lambda: activate_plan(plan=new, effective_from=paid_at)
        )
        wait_until_somebody_waits()
        assert booked.orders == 1 and not activation.done()
    refused = activation.result(timeout=20)

    # The order was booked under the old plan, so that plan still covers it.
    assert [each.path for each in refused.problems] == ["effective_from"]
    assert OrderBooking.objects.get().plan == old
    assert Plan.objects.get(pk=new.pk).is_draft
    old.refresh_from_db()
    assert old.effective_to is None


def test_a_booker_that_waits_for_an_activation_leaves_what_the_old_plan_no_longer_covers(merchant):
    start = timezone.now() - timedelta(hours=2)
    paid_at = start + timedelta(hours=1)
    activate_plan(plan=draft_plan(merchant=merchant, content=ONE), effective_from=start)
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory(), paid_at=paid_at))
    new = draft_plan(merchant=merchant, content=ONE)
    activated, go_on = Event(), Event()

    def activate():
        with transaction.atomic():
            plan = activate_plan(plan=new, effective_from=paid_at)
            activated.set()
            assert go_on.wait(timeout=20)
            return plan

    def book():
        return book_orders(
            merchant=merchant, as_of=timezone.now(), stage=Order.Stage.NEW, limit=10
        ).orders

    with ThreadPoolExecutor(2) as pool:
        activation = pool.submit(elsewhere, merchant, activate)
        assert activated.wait(timeout=20)
        booking = pool.submit(elsewhere, merchant, book)
        wait_until_somebody_waits()
        go_on.set()
        activation.result(timeout=20)
        booking.result(timeout=20)
    run_due(merchant=merchant)

    assert OrderBooking.objects.get().plan == new
