"""The stages beyond what files can say: dated history, open refunds, repetition, query counts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.commissions.models import Commission, OrderBooking, RefundBooking, Release, StageRun
from apps.commissions.selectors import with_state
from apps.commissions.services.booking import book_orders
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import Level
from apps.distributors.services.standing import change_level, suspend_distributor
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Transfer
from apps.ledger.selectors import wallet_balances
from apps.ledger.services import open_wallets
from apps.orders.models import Order
from apps.orders.services.refunds import (
    complete_refund,
    record_refund,
    reject_refund,
    request_refund,
)
from apps.promotion.models import Attribution
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
PAID = START + timedelta(days=1)
COMPLETED = PAID + timedelta(days=3)
DUE = COMPLETED + timedelta(days=7)
RULES = [
    {"depth": 1, "percent": "10"},
    {"depth": 1, "level": "gold", "percent": "12"},
    {"depth": 2, "percent": "5"},
]


@pytest.fixture
def plan(merchant):
    LevelFactory(code="gold")
    draft = draft_plan(merchant=merchant, content={"name": "P", "depths": 2, "rules": RULES})
    return activate_plan(plan=draft, effective_from=START, acknowledged_by="Owner")


@pytest.fixture
def seller(plan):
    return DistributorFactory(parent=DistributorFactory(joined_at=START), joined_at=START)


def sell(seller, *, completed: bool = True, paid_at: datetime = PAID):
    """One line of ¥100.00, paid and, unless told otherwise, completed three days later."""
    order = OrderFactory(distributor=seller, completed=completed, placed_at=paid_at)
    return OrderLineFactory(order=order, unit_price=Decimal("100.00"))


def amounts(merchant, seller) -> list[Decimal]:
    rows = Commission.objects.filter(beneficiary=seller).order_by("earned_at", "pk")
    return list(rows.values_list("amount", flat=True))


def standing(seller) -> tuple[Decimal, Decimal, Decimal]:
    balances = wallet_balances(seller)
    return balances["pending"], balances["available"], balances["debt"]


def test_a_sale_is_booked_held_and_released(merchant, seller):
    sell(seller)

    assert run_due(merchant=merchant, as_of=DUE - timedelta(seconds=1)) == {
        "attributed": 1, "booked": 1, "commissions": 2, "refunds": 0, "reversed": 0, "released": 0,
    }  # fmt: skip
    assert standing(seller) == (Decimal("10.00"), 0, 0)
    assert standing(seller.parent) == (Decimal("5.00"), 0, 0)

    assert run_due(merchant=merchant, as_of=DUE)["released"] == 2
    assert standing(seller) == (0, Decimal("10.00"), 0)
    release = Release.objects.get(commission__beneficiary=seller)
    assert (release.amount, release.released_at) == (Decimal("10.00"), DUE)
    assert list(reconcile(merchant=merchant)) == []


def test_running_again_changes_nothing(merchant, seller):
    line = sell(seller)
    record_refund(order_line=line, amount=Decimal("30.00"), refunded_at=DUE + timedelta(days=1))
    later = DUE + timedelta(days=2)
    run_due(merchant=merchant, as_of=later)
    before = list(Transfer.objects.order_by("pk").values())

    assert not any(run_due(merchant=merchant, as_of=later).values())

    assert list(Transfer.objects.order_by("pk").values()) == before
    assert StageRun.objects.count() == 1


def test_the_level_and_standing_of_the_moment_of_payment_decide(merchant, seller):
    operator = UserFactory()
    sell(seller)
    gold = Level.objects.get(code="gold")
    change_level(
        distributor=seller, level=gold, reason="Target met", actor=operator,
        effective_at=PAID + timedelta(seconds=1),
    )  # fmt: skip
    suspend_distributor(
        distributor=seller.parent, reason="Away", actor=operator,
        effective_at=PAID + timedelta(seconds=1),
    )  # fmt: skip
    sell(seller, paid_at=PAID + timedelta(hours=1))

    run_due(merchant=merchant, as_of=DUE)

    assert amounts(merchant, seller) == [Decimal("10.00"), Decimal("12.00")]
    assert amounts(merchant, seller.parent) == [Decimal("5.00")]


def test_an_order_that_no_plan_covers_waits_for_one(merchant):
    seller = DistributorFactory()
    sell(seller)
    assert run_due(merchant=merchant, as_of=DUE)["booked"] == 0

    draft = draft_plan(merchant=merchant, content={"name": "P", "depths": 1, "rules": RULES[:1]})
    activate_plan(plan=draft, effective_from=START)
    assert run_due(merchant=merchant, as_of=DUE)["booked"] == 1
    assert amounts(merchant, seller) == [Decimal("10.00")]


def test_partial_refunds_before_and_after_release(merchant, seller):
    line = sell(seller)
    record_refund(order_line=line, amount=Decimal("33.33"), refunded_at=DUE)
    record_refund(order_line=line, amount=Decimal("33.33"), refunded_at=DUE + timedelta(seconds=1))

    run_due(merchant=merchant, as_of=DUE + timedelta(days=1))

    # 10.00 − round(10.00 × 33.33 %) = 6.67 released; 66.66 % of 10.00 is 6.67, so 3.34 more goes
    assert amounts(merchant, seller) == [Decimal("10.00"), Decimal("-3.33"), Decimal("-3.34")]
    assert standing(seller) == (0, Decimal("3.33"), 0)
    record_refund(order_line=line, amount=Decimal("33.34"), refunded_at=DUE + timedelta(days=2))
    run_due(merchant=merchant, as_of=DUE + timedelta(days=2))
    assert standing(seller) == (0, 0, 0)
    assert standing(seller.parent) == (0, 0, 0)
    assert RefundBooking.objects.count() == 3
    assert list(reconcile(merchant=merchant)) == []


def test_an_open_refund_keeps_the_line_waiting(merchant, seller):
    line = sell(seller)
    refund = request_refund(order_line=line, amount=Decimal("50.00"))
    type(refund).objects.filter(pk=refund.pk).update(requested_at=DUE - timedelta(days=1))
    assert run_due(merchant=merchant, as_of=DUE)["released"] == 0

    complete_refund(refund=refund, refunded_at=DUE + timedelta(days=5))
    run_due(merchant=merchant, as_of=DUE + timedelta(days=4))
    assert standing(seller) == (Decimal("10.00"), 0, 0)
    run_due(merchant=merchant, as_of=DUE + timedelta(days=5))

    assert standing(seller) == (0, Decimal("5.00"), 0)
    release = Release.objects.get(commission__beneficiary=seller)
    assert (release.amount, release.released_at) == (Decimal("5.00"), DUE + timedelta(days=5))


def test_a_rejected_refund_lets_the_line_go(merchant, seller):
    line = sell(seller)
    refund = request_refund(order_line=line, amount=Decimal("50.00"))
    type(refund).objects.filter(pk=refund.pk).update(requested_at=DUE - timedelta(days=1))
    reject_refund(refund=refund)
    assert run_due(merchant=merchant)["released"] == 2
    assert standing(seller) == (0, Decimal("10.00"), 0)


def test_reversals_share_the_state_of_their_sale(merchant, seller):
    line = sell(seller)
    record_refund(order_line=line, amount=Decimal("50.00"), refunded_at=PAID)
    run_due(merchant=merchant, as_of=PAID)
    states = with_state(Commission.objects.all()).values_list("state", flat=True)
    assert set(states) == {"pending"}
    run_due(merchant=merchant, as_of=DUE)
    assert set(states.all()) == {"released"}


def test_another_merchants_orders_are_left_alone(merchant, seller):
    sell(seller)
    other = MerchantFactory()
    with scope(merchant=other):
        assert not any(run_due(merchant=other, as_of=DUE).values())
    assert not OrderBooking.objects.exists()


def test_the_database_refuses_a_second_row_for_the_same_share(merchant, seller):
    sell(seller)
    run_due(merchant=merchant, as_of=PAID)
    again = Commission.objects.get(beneficiary=seller)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


@pytest.mark.parametrize("history", [1, 30])
@pytest.mark.parametrize("orders", [1, 50])
def test_booking_a_chunk_costs_the_same_whatever_its_size(merchant, seller, orders, history):
    for _ in range(history):
        sell(seller)
    run_due(merchant=merchant, as_of=PAID)
    open_wallets(merchant=merchant, distributor_ids=[seller.pk, seller.parent_id])
    for _ in range(orders):
        sell(seller)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        booked = book_orders(merchant=merchant, as_of=PAID, stage=Order.Stage.NEW, limit=100)
    assert booked[:3] == (orders, orders, 2 * orders)
    statements = [
        each["sql"] for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) == 12, "\n".join(statements)


def test_own_purchases_that_no_plan_decides_hold_nobody_up(merchant):
    seller = DistributorFactory(joined_at=START)
    buyer = CustomerFactory(identifier=seller.code)
    own = [OrderFactory(distributor=seller, placed_at=PAID, customer=buyer) for _ in range(3)]
    behind = sell(seller, paid_at=PAID + timedelta(hours=1)).order
    last = None
    for _chunk in range(len(own) + 1):
        booked = book_orders(
            merchant=merchant, as_of=DUE, stage=Order.Stage.NEW, limit=1, after=last
        )
        last = booked.last
    assert [order.stage for order in Order.objects.order_by("pk")] == [0, 0, 0, 1]
    assert Attribution.objects.get().order == behind
    assert run_due(merchant=merchant, as_of=DUE)["attributed"] == 0
