"""Whom settling looks at, and the rows it writes, column by column; the ways of money back are in
test_refund_paths.py."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.commissions.models import Commission, OrderBooking, RefundBooking, Release
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.settling import (
    mark_refunds_booked,
    people_to_settle,
    refunds_to_book,
    settle_people,
)
from apps.commissions.services.stages import run_due
from apps.ledger.models import Transfer
from apps.orders.services.refunds import complete_refund, record_refund, request_refund
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
PAID = START + timedelta(days=1)
DUE = PAID + timedelta(days=10)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RULES = [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}]


@pytest.fixture
def plan(merchant):
    content = {"name": "P", "depths": 2, "self_purchase": True, "rules": RULES}
    draft = draft_plan(merchant=merchant, content=content)
    return activate_plan(plan=draft, effective_from=START, acknowledged_by="Owner")


@pytest.fixture
def seller(plan):
    """Earns 10 %; nobody is above."""
    return DistributorFactory(joined_at=START)


def sell(seller, price="100.00", *, paid_at=PAID, **more):
    """A line, released ten days after `paid_at`."""
    order = OrderFactory(distributor=seller, completed=True, placed_at=paid_at, **more)
    return OrderLineFactory(order=order, unit_price=Decimal(price))


def give(line, amount, at):
    return record_refund(order_line=line, amount=Decimal(amount), refunded_at=at)


def due(merchant, as_of, refunds=(), *, after=0, limit=10) -> list[int]:
    return people_to_settle(
        merchant=merchant, as_of=as_of, refund_ids=list(refunds), after_id=after, limit=limit
    )


class TestWhoIsDue:
    def test_from_the_second_the_hold_is_over_until_it_is_released(self, merchant, seller):
        sell(seller)
        run_due(merchant=merchant, as_of=PAID)
        assert due(merchant, DUE - SECOND) == []
        assert due(merchant, DUE) == [seller.pk]
        run_due(merchant=merchant, as_of=DUE)
        assert due(merchant, DUE + DAY) == []

    def test_nobody_whose_line_waits_for_a_refund(self, merchant, seller):
        refund = request_refund(order_line=sell(seller), amount=Decimal("1.00"))
        type(refund).objects.filter(pk=refund.pk).update(requested_at=DUE)
        run_due(merchant=merchant, as_of=PAID)
        assert due(merchant, DUE) == []
        # It was not asked for yet.
        type(refund).objects.filter(pk=refund.pk).update(requested_at=DUE + SECOND)
        assert due(merchant, DUE) == [seller.pk]

    def test_everybody_on_a_refunded_line(self, merchant, plan):
        seller = DistributorFactory(joined_at=START, parent=DistributorFactory(joined_at=START))
        line, other = sell(seller), sell(DistributorFactory(joined_at=START))
        run_due(merchant=merchant, as_of=PAID)
        refund = give(line, "10.00", PAID)
        assert due(merchant, PAID, [refund.pk]) == sorted([seller.pk, seller.parent_id])
        assert due(merchant, PAID) == []
        assert other.order.distributor_id not in due(merchant, PAID, [refund.pk])

    def test_so_many_at_a_time_by_id(self, merchant, plan):
        sellers = [DistributorFactory(joined_at=START).pk for _ in range(3)]
        for pk in reversed(sellers):
            line = OrderLineFactory(
                order=OrderFactory(distributor_id=pk, completed=True, placed_at=PAID)
            )
        run_due(merchant=merchant, as_of=PAID)
        assert line.order.distributor_id == sellers[0]
        assert due(merchant, DUE, limit=2) == sellers[:2]
        assert due(merchant, DUE, after=sellers[0], limit=2) == sellers[1:]
        assert due(merchant, DUE, after=sellers[2]) == []

    def test_nobody_of_another_merchant(self, merchant, seller):
        sell(seller)
        run_due(merchant=merchant, as_of=PAID)
        assert due(MerchantFactory(), DUE) == []


class TestRefundsToBook:
    def test_oldest_first_and_only_what_has_happened(self, merchant, seller):
        line = sell(seller)
        run_due(merchant=merchant, as_of=PAID)
        later, first = give(line, "1.00", PAID + 2 * SECOND), give(line, "2.00", PAID + SECOND)
        request_refund(order_line=line, amount=Decimal("3.00"))

        def found(as_of, limit=10):
            return refunds_to_book(merchant=merchant, as_of=as_of, limit=limit)

        assert found(PAID) == []
        assert found(PAID + SECOND) == [first.pk]
        assert found(PAID + 2 * SECOND) == [first.pk, later.pk]
        assert found(PAID + DAY, limit=1) == [first.pk]
        assert refunds_to_book(merchant=MerchantFactory(), as_of=DUE, limit=10) == []

    def test_none_before_the_order_is_booked(self, merchant, seller):
        give(sell(seller), "1.00", PAID)
        assert refunds_to_book(merchant=merchant, as_of=DUE, limit=10) == []

    def test_each_is_marked_once(self, merchant, seller):
        refund = give(sell(seller), "1.00", PAID)
        run_due(merchant=merchant, as_of=PAID)
        assert refunds_to_book(merchant=merchant, as_of=DUE, limit=10) == []
        mark_refunds_booked(merchant=merchant, refund_ids=[refund.pk])
        assert list(RefundBooking.objects.values_list("merchant", "refund")) == [
            (merchant.pk, refund.pk)
        ]


def test_every_column_of_what_is_booked(merchant, plan, seller):
    line = sell(seller, "33.33")
    run_due(merchant=merchant, as_of=PAID)

    booking, commission = OrderBooking.objects.get(), Commission.objects.get()
    assert (booking.merchant, booking.order, booking.plan) == (merchant, line.order, plan)
    assert (commission.merchant, commission.order_line, commission.plan) == (merchant, line, plan)
    assert (commission.beneficiary, commission.kind, commission.depth) == (seller, "share", 1)
    assert (commission.base_amount, commission.rate, commission.amount) == (
        Decimal("33.33"), Decimal("10.00"), Decimal("3.33"),
    )  # fmt: skip
    assert (commission.earned_at, commission.refund, commission.reverses) == (PAID, None, None)
    assert commission.created_at == booking.created_at > PAID


def test_every_column_of_what_is_taken_back(merchant, plan, seller):
    line = sell(seller)
    refund = give(line, "33.33", PAID + DAY)
    run_due(merchant=merchant, as_of=PAID + DAY)

    sale = Commission.objects.get(refund=None)
    reversal = Commission.objects.get(refund=refund)
    assert (reversal.merchant, reversal.order_line, reversal.plan) == (merchant, line, plan)
    assert (reversal.beneficiary, reversal.kind, reversal.depth) == (seller, "share", 1)
    assert (reversal.base_amount, reversal.rate, reversal.amount) == (
        Decimal("100.00"), Decimal("10.00"), Decimal("-3.33"),
    )  # fmt: skip
    assert (reversal.earned_at, reversal.reverses) == (PAID + DAY, sale)


def transfers() -> list[tuple]:
    """(key, from, to, amount, when) in the order of posting; all are of one commission's life."""
    found = Transfer.objects.order_by("pk").select_related("debit_account", "credit_account")
    for each in found:
        _, document, kind = each.key.split(":")
        assert (each.document_type, each.document_id) == ("commission", int(document))
        assert each.kind == kind
    return [
        (
            each.kind, each.debit_account.kind, each.credit_account.kind, str(each.amount),
            each.effective_at,
        )
        for each in found
    ]  # fmt: skip


def test_every_movement_of_a_commissions_life(merchant, seller):
    line = sell(seller)
    give(line, "20.00", PAID + DAY)
    give(line, "30.00", DUE + DAY)
    run_due(merchant=merchant, as_of=DUE + 2 * DAY)

    assert transfers() == [
        ("earn", "commission_expense", "pending", "10.00", PAID),
        ("reverse", "pending", "commission_expense", "2.00", PAID + DAY),
        ("release", "pending", "available", "8.00", DUE),
        ("reverse", "available", "commission_expense", "3.00", DUE + DAY),
    ]
    release = Release.objects.get()
    assert (release.merchant, release.amount, release.released_at) == (
        merchant, Decimal("8.00"), DUE,
    )  # fmt: skip


def test_at_the_same_instant_a_refund_goes_before_the_release(merchant, seller):
    give(sell(seller), "20.00", DUE)
    run_due(merchant=merchant, as_of=DUE)
    assert transfers()[1:] == [
        ("reverse", "pending", "commission_expense", "2.00", DUE),
        ("release", "pending", "available", "8.00", DUE),
    ]


@pytest.mark.parametrize("is_resolved_later", [True, False])
def test_a_line_is_not_released_with_a_refund_that_is_done_while_another_is_open(
    merchant, seller, is_resolved_later
):
    line = sell(seller)
    waiting = request_refund(order_line=line, amount=Decimal("10.00"))
    type(waiting).objects.filter(pk=waiting.pk).update(requested_at=DUE - DAY)
    if is_resolved_later:
        complete_refund(refund=waiting, refunded_at=DUE + 5 * DAY)
    give(line, "20.00", DUE + DAY)
    run_due(merchant=merchant, as_of=DUE + 2 * DAY)
    assert transfers()[1:] == [("reverse", "pending", "commission_expense", "2.00", DUE + DAY)]
    assert not Release.objects.exists()


def test_settling_tells_how_much_it_did_and_does_it_once(merchant, seller):
    line = sell(seller)
    run_due(merchant=merchant, as_of=PAID)
    give(line, "20.00", PAID + DAY)
    people = [seller.pk]
    assert settle_people(merchant=merchant, people=people, as_of=PAID) == (0, 0)
    assert settle_people(merchant=merchant, people=people, as_of=DUE) == (1, 1)
    assert settle_people(merchant=merchant, people=people, as_of=DUE) == (0, 0)


def test_a_refund_too_small_for_a_fen_makes_no_row_but_is_done_with(merchant, seller):
    line = sell(seller)
    for _ in range(2):
        give(line, "0.04", PAID)
    run_due(merchant=merchant, as_of=PAID)
    # 10 % of 0.04 is nothing, of 0.08 a fen.
    reversals = Commission.objects.filter(refund__isnull=False)
    assert list(reversals.values_list("amount", flat=True)) == [Decimal("-0.01")]
    assert RefundBooking.objects.count() == 2


def test_an_own_purchase_is_decided_by_the_plan_of_its_moment(merchant, seller):
    buyer = CustomerFactory(identifier=seller.code)
    sell(seller, customer=buyer)
    without = draft_plan(merchant=merchant, content={"name": "Q", "depths": 1, "rules": RULES[:1]})
    activate_plan(plan=without, effective_from=PAID + DAY)
    sell(seller, customer=buyer, paid_at=PAID + DAY)

    run_due(merchant=merchant, as_of=PAID + 2 * DAY)

    found = Commission.objects.values_list("beneficiary", "earned_at", "amount")
    assert list(found) == [(seller.pk, PAID, Decimal("10.00"))]
