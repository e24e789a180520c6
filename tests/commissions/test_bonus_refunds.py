"""Which refunds take something back of a stage bonus, and which were in its base already."""

from datetime import timedelta

import pytest

from apps.commissions.models import Commission
from apps.orders.services.refunds import record_refund, undo_refund
from tests.commissions.test_bonuses import (
    APRIL,
    DAY,
    PAID,
    joined,
    money,
    monthly,
    percent,
    put_in_force,
    rows,
    run,
    sell,
    standing,
)
from tests.factories import OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def give_back(line, amount: str, at, refund_no: str = "R1"):
    return record_refund(order_line=line, amount=money(amount), refunded_at=at, refund_no=refund_no)


def taken_back() -> list[tuple]:
    found = Commission.objects.filter(refund__isnull=False).order_by("pk")
    return list(found.values_list("refund__refund_no", "amount", "earned_at"))


def test_one_undone_before_the_period_ended_takes_nothing_back(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))))
    line = sell(joined("A"), "300.00")
    give_back(line, "100.00", PAID + HOUR, "R0")
    undone = give_back(line, "150.00", PAID + DAY)
    undo_refund(refund=undone, refunded_at=PAID + 2 * DAY)

    run(merchant, APRIL)

    assert rows() == [("A", money("200.00"), money("10.00"), money("20.00"))]


def test_one_recorded_late_takes_back_under_its_own_number(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))))
    seller = joined("A")
    line = sell(seller, "300.00", completed=False)
    undone = give_back(line, "150.00", PAID + 2 * DAY, "R1")
    undo_refund(refund=undone, refunded_at=PAID + 3 * DAY)
    give_back(line, "100.00", PAID + 4 * DAY, "R2")
    run(merchant, APRIL)

    give_back(line, "50.00", PAID + DAY, "LATE")
    run(merchant, APRIL + DAY)
    undo_refund(refund=line.refunds.get(refund_no="LATE"), refunded_at=PAID + 5 * DAY)
    run(merchant, APRIL + 2 * DAY)

    assert taken_back()[0] == ("LATE", money("-5.00"), APRIL)
    assert [row[1:] for row in taken_back()[1:]] == [(money("5.00"), APRIL)]
    assert standing(seller) == (money("20.00"), 0, 0)


def test_an_own_purchase_from_before_the_first_plan_holds_nothing_up(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))), since=PAID)
    seller = joined("A")
    own = OrderFactory(distributor=seller, completed=True, placed_at=PAID - DAY)
    own.customer.identifier = "A"
    own.customer.save()
    OrderLineFactory(order=own, unit_price=money("70.00"))
    line = sell(seller, "200.00")
    give_back(line, "100.00", APRIL + DAY)

    run(merchant, APRIL + 2 * DAY)

    # Not self-purchase: the order is nobody's, and the period is settled without it.
    assert own.attributions.get().method == "none"
    assert [row[3] for row in rows()] == [money("20.00"), money("-10.00")]
