"""Explanations of booked orders: what they tell to whom, and the alarm when rows were bent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope

from apps.commissions.models import Commission
from apps.commissions.selectors import (
    audit_commissions,
    explain_for_distributor,
    explain_order,
    explanation_text,
)
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.orders.models import Order
from apps.orders.services.refunds import record_refund, request_refund
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)
from tests.flows.command_line import run

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = {
    "name": "Spring",
    "depths": 2,
    "rules": [
        {"depth": 1, "percent": "12.5"},
        {"depth": 2, "percent": "5"},
        {"depth": 1, "level": "gold", "percent": "15"},
    ],
}
TEXT = """\
Order O1 (file, completed)
Paid: 2026-03-01 08:00
Counts for: Bo (B) (named on the order)
Upline when paid: 1. Bo (B) (Gold, active); 2. An (A) (no level, active); \
3. Old (O) (no level, active)
Plan in force when paid: Spring v1

1. Puer (T-1)
  Base: paid: ¥33.33 × 3 − ¥0.99 = ¥99.00
  Bo (B), share 1: ¥14.85
    rule rules[2]: 15% at depth 1, any goods, level Gold
    ¥99.00 × 15% = ¥14.85
    Refund R1 of ¥33.00: ¥14.85 × ¥33.00 refunded so far ÷ ¥99.00 = ¥4.95; taken back ¥4.95
    Left: ¥9.90
    Released on 2026-03-11 08:00.
  An (A), share 2: ¥4.95
    rule rules[1]: 5% at depth 2, any goods, any level
    ¥99.00 × 5% = ¥4.95
    Refund R1 of ¥33.00: ¥4.95 × ¥33.00 refunded so far ÷ ¥99.00 = ¥1.65; taken back ¥1.65
    Left: ¥3.30
    Released on 2026-03-11 08:00.
  Old (O), share: The plan pays 2 depths; this is above them.

Recomputed: equal to the rows that are stored."""


@pytest.fixture
def people(merchant):
    """Old above An above Bo, who is gold."""
    old = DistributorFactory(code="O", name="Old")
    an = DistributorFactory(code="A", name="An", parent=old)
    return old, an, DistributorFactory(
        code="B", name="Bo", parent=an, level=LevelFactory(code="gold", name="Gold")
    )  # fmt: skip


@pytest.fixture
def plan(merchant, people):
    return activate_plan(
        plan=draft_plan(merchant=merchant, content=PLAN),
        effective_from=START,
        acknowledged_by="Test",
    )


@pytest.fixture
def order(merchant, people, plan):
    """Bo's order of ¥99.00, a third of it given back on the next day."""
    order = OrderFactory(order_no="O1", distributor=people[2], completed=True, placed_at=START)
    line = OrderLineFactory(
        order=order,
        sku=SkuFactory(code="T-1", product__name="Puer"),
        quantity=3,
        unit_price=Decimal("33.33"),
        discount=Decimal("0.99"),
    )
    record_refund(
        order_line=line,
        amount=Decimal("33.00"),
        refund_no="R1",
        refunded_at=START + timedelta(days=1),
    )
    run_due(merchant=merchant)
    return order


def test_the_text_tells_the_whole_order(order):
    with override("en"):
        assert explanation_text(explain_order(order)) == TEXT


def test_the_text_in_chinese_has_no_english_left(order):
    with override("zh-hans"):
        text = explanation_text(explain_order(order))
    assert "佣金基数：实付：¥33.33 × 3 − ¥0.99 = ¥99.00" in text
    assert "退款 R1，¥33.00：¥14.85 × 累计退款 ¥33.00 ÷ ¥99.00 = ¥4.95；扣回 ¥4.95" in text
    assert text.endswith("已重算：与账上记录一致。")


def test_the_command_prints_it(order, merchant):
    command = ("explain", "O1", "--merchant", merchant.code)
    assert run(*command, "--language", "en") == TEXT + "\n"
    assert "已重算：与账上记录一致。" in run(*command, "--language", "zh-hans")


def test_an_order_nobody_knows(order, merchant):
    with pytest.raises(CommandError, match=f"{merchant.code} has no order “NOPE”"):
        run("explain", "NOPE", "--merchant", merchant.code)
    other = MerchantFactory(code="other")
    with pytest.raises(CommandError, match="other has no order “O1”"):
        run("explain", "O1", "--merchant", other.code)


def test_one_number_from_two_sources(order, merchant):
    OrderFactory(order_no="O1", source=Order.Source.SHOP, pending=True)
    command = ("explain", "O1", "--merchant", merchant.code, "--language", "en")
    with pytest.raises(CommandError, match="add --source csv or --source shop"):
        run(*command)
    assert run(*command, "--source", "csv") == TEXT + "\n"
    assert "Nothing is computed before the order is paid." in run(*command, "--source", "shop")


class TestWaiting:
    def said(self, order) -> str:
        with override("en"):
            return explain_order(order).waiting

    def test_not_paid(self, merchant):
        assert self.said(OrderFactory(pending=True)) == (
            "Nothing is computed before the order is paid."
        )

    def test_not_computed_yet(self, plan):
        assert self.said(OrderFactory(placed_at=START)) == (
            "Paid; the next run of the stages computes it."
        )

    def test_before_the_first_plan(self, plan):
        assert self.said(OrderFactory(placed_at=START - timedelta(seconds=1))) == (
            "No plan was in force when the order was paid: it earns nobody anything."
        )

    def test_cancelled(self, merchant):
        assert self.said(OrderFactory(status="cancelled", paid_at=None)) == (
            "A cancelled order earns nothing."
        )


class TestRelease:
    def said(self, order, moment: datetime) -> str:
        with override("en"), time_machine.travel(moment, tick=False):
            return explain_order(order).lines[0].paid[0].release

    @pytest.fixture
    def sold(self, merchant, people, plan):
        def sold(**fields):
            order = OrderFactory(distributor=people[2], placed_at=START, **fields)
            OrderLineFactory(order=order)
            run_due(merchant=merchant, as_of=START + timedelta(days=4))
            return order

        return sold

    def test_not_completed(self, sold):
        assert self.said(sold(), START) == (
            "Pending: the order is not completed. The hold of 7 days starts then."
        )

    def test_on_hold_then_due(self, sold):
        order = sold(completed=True)
        assert self.said(order, START + timedelta(days=5)) == (
            "Pending: on hold until 2026-03-11 08:00."
        )
        assert self.said(order, START + timedelta(days=11)) == (
            "Pending: the hold ended on 2026-03-11 08:00; the next run releases it."
        )

    def test_behind_an_open_refund(self, sold):
        order = sold(completed=True)
        refund = request_refund(order_line=order.lines.get(), amount=Decimal("1.00"))
        assert self.said(order, START + timedelta(days=11)) == (
            f"Pending: refund {refund.refund_no} is open and has to be settled first."
        )


@pytest.mark.usefixtures("no_guards")
class TestAlarm:
    """Rows bent past the services."""

    def test_another_amount(self, order, merchant):
        Commission.objects.filter(refund=None, depth=2).update(amount=Decimal("4.96"))
        found = "amount of A, share 2: stored 4.96, recomputed 4.95"
        with override("en"):
            (difference,) = explain_order(order).differences
            assert difference.said == found
            text = explanation_text(explain_order(order))
        assert text.endswith(f"\nALARM, line 1: {found}")
        with override("zh-hans"):
            assert difference.said == "A 的金额（分销佣金 2）：账上 4.96，重算 4.95"
        assert list(map(str, audit_commissions(merchant=merchant))) == [f"order O1 line 1: {found}"]

    def test_another_reversal(self, order, merchant):
        Commission.objects.filter(refund__isnull=False, depth=1).update(amount=Decimal("-4.94"))
        found = "taken back of B, share 1: stored 4.94, recomputed 4.95"
        assert [each.detail for each in explain_order(order).differences] == [found]
        assert [each.detail for each in audit_commissions(merchant=merchant)] == [found]

    def test_a_row_too_many_and_one_missing(self, order, people, merchant):
        Commission.objects.filter(depth=2).update(beneficiary=people[0])
        found = [
            "amount of O, share 2: stored 4.95, recomputed —",
            "taken back of O, share 2: stored 1.65, recomputed 0.00",
            "amount of A, share 2: stored —, recomputed 4.95",
            "taken back of A, share 2: stored 0.00, recomputed 1.65",
        ]
        assert [each.detail for each in explain_order(order).differences] == found
        assert [each.detail for each in audit_commissions(merchant=merchant)] == found

    def test_the_commands_exit_1(self, order, merchant):
        Commission.objects.filter(refund=None, depth=1).update(rate=Decimal("14.00"))
        with pytest.raises(CommandError, match="1 differences"):
            run("explain", "O1", "--merchant", merchant.code)
        with pytest.raises(CommandError, match="1 differences in 1 orders, 2 commissions"):
            run("audit_commissions", "--merchant", merchant.code)


class TestAudit:
    def test_no_difference(self, order, merchant):
        assert run("audit_commissions", "--merchant", merchant.code) == (
            "1 orders, 2 commissions: no difference.\n"
        )

    def test_days_of_payment_both_included(self, order, merchant):
        command = ("audit_commissions", "--merchant", merchant.code)
        inside = run(*command, "--from", "2026-03-01", "--to", "2026-03-01")
        assert inside == "1 orders, 2 commissions: no difference.\n"
        outside = run(*command, "--from", "2026-03-02")
        assert outside == "0 orders, 0 commissions: no difference.\n"

    def test_the_neighbours_orders_are_not_mine(self, order):
        other = MerchantFactory()
        with scope(merchant=other):
            assert run("audit_commissions", "--merchant", other.code) == (
                "0 orders, 0 commissions: no difference.\n"
            )

    def test_chunks_add_up(self, order, merchant, people, monkeypatch):
        monkeypatch.setattr("apps.commissions.selectors.auditing.ORDERS_AT_ONCE", 2)
        for _number in range(4):
            OrderLineFactory(order=OrderFactory(distributor=people[2], placed_at=START))
        run_due(merchant=merchant)
        seen = []
        found = audit_commissions(
            merchant=merchant, watch=lambda count: seen.append((count.orders, count.total))
        )
        assert list(found) == []
        assert seen == [(2, 5), (4, 5), (5, 5)]


class TestForADistributor:
    def test_the_upline_sees_the_people_below_and_only_their_own_money(self, order, people):
        explanation = explain_for_distributor(order, people[1])
        assert [each.code for each in explanation.chain] == ["B", "A"]
        (line,) = explanation.lines
        assert [(each.person.code, each.amount) for each in line.paid] == [("A", Decimal("4.95"))]
        assert line.unpaid == []

    def test_the_seller_sees_nobody_above(self, order, people):
        explanation = explain_for_distributor(order, people[2])
        assert [each.code for each in explanation.chain] == ["B"]
        with override("en"):
            text = explanation_text(explanation)
        assert "An" not in text
        assert "4.95 × 1" not in text
        assert "5% at depth 2" not in text

    def test_somebody_not_in_the_chain_sees_none_of_it(self, order):
        explanation = explain_for_distributor(order, DistributorFactory())
        assert explanation.chain == []
        assert explanation.lines[0].paid == explanation.lines[0].unpaid == []

    def test_a_scaled_amount_does_not_tell_the_others(self, merchant, people):
        ceiling = {"of": "paid", "percent": "10"}
        plan = draft_plan(merchant=merchant, content={**PLAN, "ceiling": ceiling})
        activate_plan(plan=plan, effective_from=START, acknowledged_by="Test")
        order = OrderFactory(distributor=people[2], placed_at=START)
        OrderLineFactory(order=order)
        run_due(merchant=merchant)
        with override("en"):
            (line,) = explain_for_distributor(order, people[2]).lines
        assert line.paid[0].scaled == "scaled down by the ceiling: ¥15.00 → ¥7.50"
        assert line.ceiling == (
            "The plan limits what all commissions of a line may come to. This line reached the "
            "limit, so every commission on it was scaled down in proportion."
        )


QUERIES = 7


@pytest.mark.parametrize("lines", [1, 30])
def test_query_count(merchant, people, plan, lines):
    order = OrderFactory(distributor=people[2], completed=True, placed_at=START)
    for number in range(1, lines + 1):
        line = OrderLineFactory(order=order, line_no=number)
        record_refund(order_line=line, amount=Decimal("1.00"), refunded_at=START)
    run_due(merchant=merchant)
    order = Order.objects.select_related("merchant").get(pk=order.pk)
    with CaptureQueriesContext(connection) as queries:
        explanation_text(explain_order(order))
    assert len(queries) == QUERIES
