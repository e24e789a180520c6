"""What one distributor sees, to the cent."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from apps.commissions.services.stages import run_due
from apps.orders.services.refunds import record_refund
from apps.portal import selectors
from tests.factories import DistributorFactory, SkuFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _a_fixed_day():
    with time_machine.travel(NOON, tick=False), timezone.override(SHANGHAI):
        yield


def ago(**kwargs):
    return NOON - timedelta(**kwargs)


def amounts(rows):
    return [row.amount for row in rows]


class TestBalances:
    def test_somebody_new_has_zeros(self, distributor):
        balances = selectors.balances_of(distributor)

        assert (balances.pending, balances.available, balances.debt) == (0, 0, 0)
        assert balances.lifetime == 0

    def test_lifetime_is_booked_minus_reversed(self, distributor, sell, merchant):
        [line] = sell(distributor, placed_at=ago(days=30), completed=True)
        record_refund(order_line=line, amount=Decimal("40.00"))
        run_due(merchant=merchant)

        balances = selectors.balances_of(distributor)

        assert (balances.available, balances.lifetime) == (Decimal("7.50"), Decimal("7.50"))


class TestDailyEarnings:
    def test_every_day_is_there_and_belongs_to_the_merchants_zone(self, distributor, sell):
        sell(distributor, placed_at=datetime(2026, 3, 9, 0, 0, tzinfo=SHANGHAI))
        sell(distributor, 2, placed_at=datetime(2026, 3, 9, 23, 59, 59, tzinfo=SHANGHAI))
        sell(distributor, placed_at=datetime(2026, 3, 10, 0, 0, tzinfo=SHANGHAI))
        sell(distributor, placed_at=datetime(2026, 3, 7, 23, 59, 59, tzinfo=SHANGHAI))

        points = selectors.daily_earnings(distributor, days=3)

        assert [(day.day, amount) for day, amount in points] == [
            (8, Decimal("0.00")), (9, Decimal("37.50")), (10, Decimal("12.50")),
        ]  # fmt: skip

    def test_a_refund_counts_on_its_own_day(self, distributor, sell, merchant):
        [line] = sell(distributor, placed_at=ago(days=1))
        record_refund(order_line=line, amount=Decimal("20.00"))
        run_due(merchant=merchant)

        assert [amount for _day, amount in selectors.daily_earnings(distributor, days=2)] == [
            Decimal("12.50"), Decimal("-2.50"),
        ]  # fmt: skip


class TestEarnings:
    @pytest.fixture
    def rows(self, distributor, sell, merchant):
        """One pending, one released, and a refund taken back from each."""
        [old] = sell(distributor, placed_at=ago(days=30), completed=True)
        [new] = sell(distributor, placed_at=ago(days=2))
        record_refund(order_line=old, amount=Decimal("40.00"), refunded_at=ago(days=1))
        record_refund(order_line=new, amount=Decimal("20.00"))
        run_due(merchant=merchant)

    @pytest.mark.parametrize(
        ("show", "expected"),
        [
            ("", ["-2.50", "-5.00", "12.50", "12.50"]),
            ("pending", ["-2.50", "12.50"]),
            ("released", ["-5.00", "12.50"]),
            ("reversed", ["-2.50", "-5.00"]),
            ("nonsense", ["-2.50", "-5.00", "12.50", "12.50"]),
        ],
    )
    def test_the_tabs(self, distributor, rows, show, expected):
        found = selectors.earnings_of(distributor, show=show)

        assert amounts(found) == [Decimal(each) for each in expected]

    def test_what_is_shown_as_pending_is_the_pending_balance(self, distributor, rows):
        shown = sum(amounts(selectors.earnings_of(distributor, show="pending")))

        assert shown == selectors.balances_of(distributor).pending == Decimal("10.00")

    def test_both_ends_of_a_period_are_included(self, distributor, rows):
        first, last = ago(days=2).date(), ago(days=1).date()

        found = selectors.earnings_of(distributor, first=first, last=last)

        assert amounts(found) == [Decimal("-5.00"), Decimal("12.50")]

    def test_other_people_earn_for_themselves(self, rows):
        assert amounts(selectors.earnings_of(DistributorFactory())) == []

    def test_release_is_expected_after_the_hold(self, distributor, sell):
        sell(distributor, placed_at=ago(days=4), completed=True)
        [row] = selectors.earnings_of(distributor)

        assert selectors.expected_release(row) == ago(days=1) + timedelta(days=7)

    def test_release_is_not_expected_before_completion(self, distributor, sell):
        sell(distributor)

        assert selectors.expected_release(selectors.earnings_of(distributor).get()) is None


class TestOrders:
    def test_an_order_shows_its_goods_refunds_and_my_commission(self, distributor, sell, merchant):
        [line] = sell(distributor)
        record_refund(order_line=line, amount=Decimal("40.00"))
        run_due(merchant=merchant)

        [order] = selectors.orders_of(distributor)

        assert (order.goods_total, order.refunded_total, order.my_commission) == (
            Decimal("100.00"), Decimal("40.00"), Decimal("7.50"),
        )  # fmt: skip

    def test_by_state(self, distributor, sell):
        sell(distributor)
        sell(distributor, pending=True)

        assert selectors.orders_of(distributor, status="pending").count() == 1
        assert selectors.orders_of(distributor, status="nonsense").count() == 2

    def test_the_teams_orders_are_not_mine_but_may_be_opened(self, distributor, sell):
        child = DistributorFactory(parent=distributor)
        [line] = sell(child)

        assert selectors.orders_of(distributor).count() == 0
        assert selectors.visible_orders(distributor).get() == line.order
        assert selectors.visible_orders(DistributorFactory()).count() == 0


class TestTeam:
    def test_direct_children_with_their_own_children_and_orders(self, distributor, sell):
        child = DistributorFactory(parent=distributor)
        DistributorFactory.create_batch(2, parent=child)
        sell(child, 3)
        sell(child, placed_at=ago(days=31))

        [found] = selectors.children_of(distributor)

        assert (found, found.direct_count, found.recent_orders) == (child, 2, 3)


class TestExpectedCommissions:
    def test_the_engine_says_what_one_piece_earns(self, distributor, plan):
        cheap = SkuFactory(price=Decimal("19.90"))
        SkuFactory(product=cheap.product, price=Decimal("500.00"))

        found = selectors.expected_commissions(distributor, [cheap.product])

        assert found == {cheap.product_id: Decimal("2.49")}

    def test_without_a_plan_nothing_is_promised(self, distributor):
        assert selectors.expected_commissions(distributor, [SkuFactory().product]) == {}

    def test_somebody_suspended_is_promised_nothing(self, plan):
        suspended = DistributorFactory(status="suspended")

        assert selectors.expected_commissions(suspended, [SkuFactory().product]) == {}
