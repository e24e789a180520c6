"""Many people in the same instant, each on a connection of their own: exactly what may be, is."""

import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.core.errors import Refused
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Account, Transfer
from apps.ledger.selectors import wallet_balances
from apps.ledger.services import (
    AccountRef,
    InsufficientBalance,
    Posting,
    post_transfers,
)
from apps.orders.models import OrderLine, Refund
from apps.orders.services.refunds import RefundRefused, record_refund
from apps.payouts.models import Withdrawal
from apps.payouts.services import request_withdrawal
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)
from tests.faults.season import PLAN
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund, movements

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PENDING, AVAILABLE = Account.Kind.PENDING, Account.Kind.AVAILABLE


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def team(merchant):
    """Eight people, each below the one before; the last four earn on each other's sales."""
    people = []
    for _ in range(8):
        people.append(DistributorFactory(merchant=merchant, parent=people[-1] if people else None))
        add_account(people[-1])
    return people


@pytest.fixture
def sell(merchant, team):
    """A function making so many paid and completed orders of 100.00, long ago; their lines."""
    at = timezone.now() - timedelta(days=30)
    sku, customer = SkuFactory(code="S-2"), CustomerFactory()
    activate_plan(
        plan=draft_plan(merchant=merchant, content=PLAN),
        effective_from=at - timedelta(days=1),
        acknowledged_by="Owner",
        actor=None,
    )

    def make(count: int) -> list[OrderLine]:
        return [
            OrderLineFactory(
                sku=sku,
                order=OrderFactory(
                    completed=True, placed_at=at, customer=customer, distributor=team[n % len(team)]
                ),
            )
            for n in range(count)
        ]

    return make


def side_by_side(merchant, jobs: Iterable[Callable[[], list]]) -> list:
    """What all jobs returned, put together; each ran in a thread, all started together."""
    jobs = list(jobs)
    barrier = threading.Barrier(len(jobs))

    def run(job):
        try:
            with scope(merchant=merchant):
                barrier.wait(timeout=30)
                return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [outcome for outcomes in pool.map(run, jobs) for outcome in outcomes]


def outcome_of(call: Callable, *expected: type[Exception]):
    """What the call returned, or the refusal or error of an expected type."""
    try:
        return call()
    except expected as refused:
        return refused


def count(outcomes: Iterable, kind: type) -> int:
    return sum(isinstance(each, kind) for each in outcomes)


def test_five_hundred_orders_each_refunded_twice_at_once(merchant, sell):
    lines = sell(500)
    run_due(merchant=merchant)
    # Two by two on the same order: what both find refundable, one of them gets.
    pairs = [threading.Barrier(2) for _ in range(4)]

    def refunder(pair: int) -> list:
        outcomes = []
        for line in lines[pair::4]:
            pairs[pair].wait(timeout=30)
            outcomes.append(
                outcome_of(lambda line=line: record_refund(order_line=line, amount=Decimal("100")),
                           RefundRefused)
            )  # fmt: skip
        return outcomes

    outcomes = side_by_side(merchant, [lambda pair=n % 4: refunder(pair) for n in range(8)])

    assert (count(outcomes, Refund), count(outcomes, RefundRefused)) == (500, 500)
    assert Refund.objects.count() == 500
    assert set(OrderLine.objects.values_list("refunded_amount", flat=True)) == {Decimal("100.00")}
    done = run_due(merchant=merchant)
    assert done["refunds"] == 500
    assert done["reversed"] == Commission.objects.filter(refund__isnull=True).count() > 1000
    assert set(Account.objects.filter(wallet__isnull=False).values_list("balance", flat=True)) == {
        Decimal("0.00")
    }
    assert list(reconcile(merchant=merchant)) == []


def test_six_hundred_and_forty_withdrawals_of_funds_for_ten(merchant, team):
    person = team[0]
    fund(person, "70.00")

    def withdrawer(thread: int) -> list:
        return [
            outcome_of(
                lambda key=f"{thread}-{number}": request_withdrawal(
                    distributor=person, amount="7.00", request_key=key
                ),
                InsufficientBalance,
            )
            for number in range(40)
        ]

    outcomes = side_by_side(merchant, [lambda thread=n: withdrawer(thread) for n in range(16)])

    assert (count(outcomes, Withdrawal), count(outcomes, InsufficientBalance)) == (10, 630)
    assert Withdrawal.objects.count() == 10
    assert len(movements()) == 10
    assert wallet_balances(person)[AVAILABLE] == 0
    assert books(person) == {"withdrawing": "70.00"}


def deadlocks() -> int:
    """How many this database has ended, as its server counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_the_server_counts_deadlocks(merchant, team):
    """What the next tests measure by: two that wait for each other are counted."""
    before = deadlocks()
    meeting = threading.Barrier(2)
    for person in team[:2]:
        fund(person, "1.00")
    first, second = Account.objects.filter(kind=AVAILABLE).values_list("pk", flat=True)

    def crossing(*order: int) -> list:
        def lock() -> None:
            with transaction.atomic():
                Account.objects.select_for_update().get(pk=order[0])
                meeting.wait(timeout=30)
                Account.objects.select_for_update().get(pk=order[1])

        return [outcome_of(lock, OperationalError)]

    outcomes = side_by_side(
        merchant, [lambda: crossing(first, second), lambda: crossing(second, first)]
    )

    assert ["deadlock detected" in str(each) for each in outcomes if each] == [True]
    assert deadlocks() == before + 1


def test_opposite_wallet_orders_never_wait_for_each_other(merchant, team):
    """Eight threads move money between the same wallets, each naming them in another order."""
    for person in team:
        fund(person, "1000.00")
    before = deadlocks()

    def mover(thread: int) -> list:
        people = team if thread % 2 else team[::-1]
        outcomes = []
        for number in range(50):
            postings = [
                posting(f"{thread}-{number}-{place}", source, target)
                for place, (source, target) in enumerate(
                    zip(people, people[1:] + people[:1], strict=True)
                )
            ]
            outcomes.append(
                outcome_of(
                    lambda batch=postings: post_transfers(merchant=merchant, postings=batch),
                    OperationalError,
                )
            )
        return outcomes

    outcomes = side_by_side(merchant, [lambda thread=n: mover(thread) for n in range(8)])

    assert outcomes == [8] * 400
    assert deadlocks() == before
    assert [books(person) for person in team] == [{"available": "1000.00"}] * 8


def posting(key: str, source, target) -> Posting:
    return Posting(
        key=f"test:{key}",
        kind=Transfer.Kind.RELEASE,
        debit=AccountRef(AVAILABLE, source.pk),
        credit=AccountRef(AVAILABLE, target.pk),
        amount=1,
        effective_at=timezone.now(),
        document_type="test",
        document_id=1,
    )


def test_settling_refunding_and_withdrawing_together_never_deadlock(merchant, team, sell, seed):
    """What a busy day is made of, in eight threads, on the same people and orders."""
    lines = sell(160)
    run_due(merchant=merchant)
    lines += sell(160)
    before = deadlocks()

    def settler() -> list:
        return [
            outcome_of(lambda: run_due(merchant=merchant) and None, OperationalError)
            for _ in range(25)
        ]

    def refunder(thread: int) -> list:
        chosen = random.Random(seed + thread).sample(lines, 80)
        return [
            outcome_of(
                lambda line=line: record_refund(order_line=line, amount=Decimal("12.34")),
                OperationalError,
            )
            for line in chosen
        ]

    def withdrawer(thread: int) -> list:
        order = random.Random(seed - thread)
        return [
            outcome_of(
                lambda key=f"{thread}-{number}": request_withdrawal(
                    distributor=order.choice(team), amount="3.00", request_key=key
                ),
                OperationalError,
                Refused,
            )
            for number in range(60)
        ]

    outcomes = side_by_side(
        merchant,
        [
            *[settler] * 3,
            *(lambda thread=n: refunder(thread) for n in range(3)),
            *(lambda thread=n: withdrawer(thread) for n in range(2)),
        ],
    )

    assert [str(each) for each in outcomes if isinstance(each, OperationalError)] == []
    assert deadlocks() == before
    assert count(outcomes, Refund) == 240
    assert count(outcomes, Withdrawal) + count(outcomes, Refused) == 120
    assert Withdrawal.objects.count() == count(outcomes, Withdrawal) > 60
    run_due(merchant=merchant)
    assert list(reconcile(merchant=merchant)) == []
