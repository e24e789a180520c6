"""Refunds on one line: asked for, given back, turned down; never beyond what was paid."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.orders.models import OrderLine, Refund
from apps.orders.services.refunds import (
    RefundRefused,
    complete_refund,
    record_refund,
    reject_refund,
    request_refund,
)
from tests.factories import OrderFactory, OrderLineFactory

PAID_AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def line(merchant):
    """2 × 50.00, paid."""
    order = OrderFactory(placed_at=PAID_AT)
    return OrderLineFactory(order=order, quantity=2, unit_price=Decimal("50.00"))


def refunded(line):
    return OrderLine.objects.get(pk=line.pk).refunded_amount


class TestRecord:
    def test_it_is_a_fact_on_the_line(self, line):
        at = PAID_AT + timedelta(days=1)

        refund = record_refund(
            order_line=line, amount=Decimal("30.01"), quantity=1, refund_no="R1", refunded_at=at,
            reason="破损",
        )  # fmt: skip

        refund.refresh_from_db()
        assert (refund.refund_no, refund.status, refund.refunded_at) == ("R1", "refunded", at)
        assert (refund.amount, refund.quantity, refund.reason) == (Decimal("30.01"), 1, "破损")
        assert refunded(line) == Decimal("30.01")

    def test_up_to_exactly_what_was_paid(self, line):
        record_refund(order_line=line, amount=Decimal("99.99"))
        record_refund(order_line=line, amount=Decimal("0.01"))

        with pytest.raises(RefundRefused):
            record_refund(order_line=line, amount=Decimal("0.01"))
        assert (refunded(line), Refund.objects.count()) == (Decimal("100.00"), 2)

    def test_the_same_event_again_is_what_it_recorded_before(self, line):
        at = PAID_AT + timedelta(days=1)
        event = {"amount": Decimal("100.00"), "quantity": 2, "refund_no": "R1", "refunded_at": at}
        first = record_refund(order_line=line, **event)

        assert record_refund(order_line=line, **event) == first
        assert record_refund(order_line=line, **(event | {"refunded_at": None})) == first
        assert (Refund.objects.count(), refunded(line)) == (1, Decimal("100.00"))

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": Decimal("10.01")}, {"quantity": None},
            {"refunded_at": PAID_AT + timedelta(days=1, seconds=1)},
        ],
    )  # fmt: skip
    def test_the_same_number_with_another_content(self, line, change, caplog):
        at = PAID_AT + timedelta(days=1)
        event = {"amount": Decimal("10"), "quantity": 1, "refund_no": "R1", "refunded_at": at}
        record_refund(order_line=line, **event)

        with pytest.raises(RefundRefused, match="R1"):
            record_refund(order_line=line, **(event | change))
        assert (Refund.objects.count(), refunded(line)) == (1, Decimal("10.00"))
        [logged] = caplog.records
        assert (logged.levelname, f"order line {line.pk}" in logged.message) == ("WARNING", True)

    def test_a_number_covers_lines_of_one_order_only(self, line):
        record_refund(order_line=line, amount=Decimal("10"), refund_no="R1")
        second = OrderLineFactory(order=line.order, line_no=2)
        elsewhere = OrderLineFactory(order=OrderFactory(placed_at=PAID_AT))

        record_refund(order_line=second, amount=Decimal("10"), refund_no="R1")
        with pytest.raises(RefundRefused, match="R1"):
            record_refund(order_line=elsewhere, amount=Decimal("10"), refund_no="R1")
        assert Refund.objects.count() == 2

    def test_pieces_run_out_too(self, line):
        record_refund(order_line=line, amount=Decimal("1"), quantity=2)

        with pytest.raises(RefundRefused):
            record_refund(order_line=line, amount=Decimal("1"), quantity=1)
        record_refund(order_line=line, amount=Decimal("1"))

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": Decimal("0")}, {"amount": Decimal("-1")}, {"amount": Decimal("1.001")},
            {"amount": Decimal("100.01")}, {"amount": Decimal("NaN")}, {"quantity": 0},
            {"quantity": 3}, {"refunded_at": PAID_AT - timedelta(seconds=1)},
        ],
    )  # fmt: skip
    def test_what_cannot_be(self, line, change):
        with pytest.raises(RefundRefused):
            record_refund(order_line=line, **({"amount": Decimal("1.00")} | change))
        assert (refunded(line), Refund.objects.count()) == (Decimal("0.00"), 0)

    @pytest.mark.parametrize("status", ["pending", "cancelled"])
    def test_an_unpaid_order(self, line, status):
        line.order.status = status
        line.order.save()

        with pytest.raises(RefundRefused):
            record_refund(order_line=line, amount=Decimal("1.00"))


class TestRequest:
    def test_nothing_is_given_back_yet(self, line):
        refund = request_refund(order_line=line, amount=Decimal("40.00"), reason="不喜欢")

        assert (refund.status, refund.refunded_at) == ("requested", None)
        assert refunded(line) == Decimal("0.00")

    def test_one_at_a_time(self, line):
        request_refund(order_line=line, amount=Decimal("1.00"))

        with pytest.raises(RefundRefused):
            request_refund(order_line=line, amount=Decimal("1.00"))

    def test_completed(self, line):
        refund = request_refund(order_line=line, amount=Decimal("40.00"), quantity=1)

        complete_refund(refund=refund, refunded_at=PAID_AT + timedelta(days=9))

        refund.refresh_from_db()
        assert (refund.status, refund.refunded_at) == ("refunded", PAID_AT + timedelta(days=9))
        assert refunded(line) == Decimal("40.00")

    def test_completed_only_once(self, line):
        refund = request_refund(order_line=line, amount=Decimal("40.00"))
        complete_refund(refund=refund)

        with pytest.raises(RefundRefused):
            complete_refund(refund=refund)
        with pytest.raises(RefundRefused):
            reject_refund(refund=refund)
        assert refunded(line) == Decimal("40.00")

    def test_rejected_for_good(self, line):
        refund = request_refund(order_line=line, amount=Decimal("40.00"))

        assert reject_refund(refund=refund).status == "rejected"
        with pytest.raises(RefundRefused):
            complete_refund(refund=refund)
        assert refunded(line) == Decimal("0.00")

    def test_not_when_the_money_went_back_another_way(self, line):
        refund = request_refund(order_line=line, amount=Decimal("40.00"))
        record_refund(order_line=line, amount=Decimal("60.01"))

        with pytest.raises(RefundRefused):
            complete_refund(refund=refund)
        assert refunded(line) == Decimal("60.01")
