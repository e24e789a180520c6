"""Every way money goes back, to the fen: before and after release and payout, and back again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.commissions.models import Commission, RefundBooking
from apps.commissions.selectors import commission_rows
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.insights.selectors import balances, merchant_figures, open_debts, ranking
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Transfer
from apps.ledger.selectors import wallet_balances
from apps.orders.services.closing import close_order
from apps.orders.services.refunds import record_refund, undo_refund
from apps.payouts.services import approve_write_off, propose_write_off
from apps.portal.selectors import balances_of
from tests.factories import (
    DistributorFactory,
    OrderFactory,
    OrderLineFactory,
    StaffMembershipFactory,
)
from tests.flows.command_line import withdraw_and_pay

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
PAID = START + timedelta(days=1)
DUE = PAID + timedelta(days=10)
RULES = [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}]


@pytest.fixture
def seller(merchant):
    """Earns 10 %, the upline 5 %."""
    draft = draft_plan(merchant=merchant, content={"name": "P", "depths": 2, "rules": RULES})
    activate_plan(plan=draft, effective_from=START, acknowledged_by="Owner")
    return DistributorFactory(parent=DistributorFactory(joined_at=START), joined_at=START)


def sell(seller, price="100.00", *, completed=True, paid_at=PAID, quantity=1):
    """A line, released ten days after `paid_at` where it was completed."""
    order = OrderFactory(distributor=seller, completed=completed, placed_at=paid_at)
    return OrderLineFactory(order=order, unit_price=Decimal(price), quantity=quantity)


def give(line, amount, at, **more):
    return record_refund(order_line=line, amount=Decimal(amount), refunded_at=at, **more)


def settle(merchant, as_of):
    """Run the stages, and see the books agree."""
    run_due(merchant=merchant, as_of=as_of)
    assert list(reconcile(merchant=merchant)) == []


def rows(person) -> list[str]:
    found = Commission.objects.filter(beneficiary=person).order_by("earned_at", "pk")
    return [str(amount) for amount in found.values_list("amount", flat=True)]


def books(person) -> dict[str, str]:
    """The balances that are not zero."""
    return {kind: str(amount) for kind, amount in wallet_balances(person).items() if amount}


def kinds(*wanted) -> list[tuple[str, str, str, str]]:
    """(kind, from, to, amount) of these transfers, oldest first."""
    found = Transfer.objects.filter(kind__in=wanted).order_by("pk")
    return [
        (each.kind, each.debit_account.kind, each.credit_account.kind, str(each.amount))
        for each in found.select_related("debit_account", "credit_account")
    ]


class TestGivenBack:
    def test_by_quantity_before_the_release(self, merchant, seller):
        line = sell(seller, "33.33", quantity=3)
        give(line, "33.33", PAID, quantity=1)
        settle(merchant, DUE)

        assert (rows(seller), books(seller)) == (["10.00", "-3.33"], {"available": "6.67"})
        assert (rows(seller.parent), books(seller.parent)) == (
            ["5.00", "-1.67"], {"available": "3.33"},
        )  # fmt: skip

    def test_whole_before_the_release(self, merchant, seller):
        give(sell(seller), "100.00", PAID)
        settle(merchant, DUE)

        assert (rows(seller), books(seller)) == (["10.00", "-10.00"], {})
        assert (rows(seller.parent), books(seller.parent)) == (["5.00", "-5.00"], {})

    def test_in_several_parts_on_both_sides_of_the_release(self, merchant, seller):
        line = sell(seller)
        for amount, days in (("33.33", -1), ("33.33", 1), ("33.34", 2)):
            give(line, amount, DUE + timedelta(days=days))
            settle(merchant, DUE + timedelta(days=days))

        assert (rows(seller), books(seller)) == (["10.00", "-3.33", "-3.34", "-3.33"], {})
        assert rows(seller.parent) == ["5.00", "-1.67", "-1.66", "-1.67"]

    def test_recorded_late_it_takes_what_the_whole_then_lacks(self, merchant, seller):
        line = sell(seller)
        give(line, "33.33", PAID + timedelta(days=2))
        settle(merchant, PAID + timedelta(days=2))
        give(line, "33.33", PAID + timedelta(days=1))
        settle(merchant, PAID + timedelta(days=3))

        # 6.67 of 66.66 in all, of which 3.33 were taken back already; by earning day.
        assert rows(seller) == ["10.00", "-3.34", "-3.33"]

    def test_after_the_payout_it_is_debt_at_every_depth(self, merchant, seller):
        line = sell(seller)
        settle(merchant, DUE)
        withdraw_and_pay(merchant, seller, Decimal("10.00"), key="a")
        withdraw_and_pay(merchant, seller.parent, Decimal("4.00"), key="b")
        give(line, "100.00", timezone.now())
        settle(merchant, timezone.now())

        assert books(seller) == {"paid": "10.00", "debt": "10.00"}
        assert books(seller.parent) == {"paid": "4.00", "debt": "4.00"}

    def test_later_earnings_repay_the_debt_first(self, merchant, seller):
        line = sell(seller)
        settle(merchant, DUE)
        withdraw_and_pay(merchant, seller, Decimal("10.00"), key="a")
        give(line, "100.00", timezone.now())
        settle(merchant, timezone.now())

        for price, expected in (
            ("60.00", {"paid": "10.00", "debt": "4.00"}),
            ("90.00", {"available": "5.00", "paid": "10.00"}),
        ):
            sell(seller, price)
            settle(merchant, timezone.now())
            assert books(seller) == expected


class TestCancelledAfterPayment:
    def commissions(self, merchant, seller, *, booked_before):
        line = sell(seller, completed=False)
        OrderLineFactory(order=line.order, line_no=2, unit_price=Decimal("50.00"))
        give(line, "30.00", PAID + timedelta(hours=1))
        if booked_before:
            settle(merchant, PAID + timedelta(days=1))
            assert books(seller) == {"pending": "12.00"}
        close_order(order=line.order, actor=None, closed_at=PAID + timedelta(days=2))
        settle(merchant, DUE)
        return [row[1:2] + row[3:10] for row in commission_rows(merchant=merchant)]

    @pytest.mark.parametrize("booked_before", [True, False])
    def test_the_rows_are_the_same_booked_before_or_after(self, merchant, seller, booked_before):
        found = self.commissions(merchant, seller, booked_before=booked_before)

        assert [(row[0], row[3], str(row[6])) for row in found] == [
            (1, 1, "10.00"), (1, 2, "5.00"), (2, 1, "5.00"), (2, 2, "2.50"),
            (1, 1, "-3.00"), (1, 2, "-1.50"),
            (1, 1, "-7.00"), (1, 2, "-3.50"), (2, 1, "-5.00"), (2, 2, "-2.50"),
        ]  # fmt: skip
        assert (books(seller), books(seller.parent)) == ({}, {})
        assert not any(run_due(merchant=merchant, as_of=DUE).values())

    def test_it_counts_as_a_sale_of_its_day_and_a_refund_of_its_own(self, merchant, seller):
        self.commissions(merchant, seller, booked_before=False)
        for first, last, sales in ((PAID, PAID, "120.00"), (PAID, DUE, "0.00")):
            row = next(
                each
                for each in ranking(merchant=merchant, date_from=first.date(), date_to=last.date())
                if each.code == seller.code
            )
            assert (str(row.own_sales), row.orders) == (sales, 1)


class TestReturnOfAReturn:
    def test_before_the_release_it_is_pending_again(self, merchant, seller):
        line = sell(seller)
        refund = give(line, "33.33", PAID)
        settle(merchant, PAID)
        undo_refund(refund=refund, refunded_at=PAID + timedelta(days=1))
        settle(merchant, PAID + timedelta(days=1))

        assert (rows(seller), books(seller)) == (["10.00", "-3.33", "3.33"], {"pending": "10.00"})
        assert kinds("restore") == [
            ("restore", "commission_expense", "pending", "3.33"),
            ("restore", "commission_expense", "pending", "1.67"),
        ]
        settle(merchant, DUE)
        assert books(seller) == {"available": "10.00"}

    def test_after_the_release_it_is_available(self, merchant, seller):
        line = sell(seller)
        refund = give(line, "40.00", PAID)
        settle(merchant, DUE)
        undo_refund(refund=refund, refunded_at=DUE + timedelta(days=1))
        settle(merchant, DUE + timedelta(days=1))

        assert (rows(seller), books(seller)) == (
            ["10.00", "-4.00", "4.00"], {"available": "10.00"},
        )  # fmt: skip
        assert kinds("restore", "repay")[0] == (
            "restore", "commission_expense", "available", "4.00",
        )  # fmt: skip

    def test_all_of_it_refunded_and_undone_at_once(self, merchant, seller):
        line = sell(seller)
        undo_refund(refund=give(line, "100.00", DUE), refunded_at=DUE)
        settle(merchant, DUE)

        assert (rows(seller), books(seller)) == (
            ["10.00", "-10.00", "10.00"], {"available": "10.00"},
        )  # fmt: skip

    def test_it_repays_the_debt_that_the_refund_had_caused(self, merchant, seller):
        line = sell(seller)
        settle(merchant, DUE)
        withdraw_and_pay(merchant, seller, Decimal("8.00"), key="a")
        refund = give(line, "50.00", timezone.now())
        settle(merchant, timezone.now())
        assert books(seller) == {"paid": "8.00", "debt": "3.00"}

        undo_refund(refund=refund)
        settle(merchant, timezone.now())

        assert books(seller) == {"paid": "8.00", "available": "2.00"}
        assert kinds("repay") == [("repay", "available", "debt", "3.00")]

    def test_in_between_other_refunds_the_shares_never_drift(self, merchant, seller):
        line = sell(seller)
        first = give(line, "33.33", PAID)
        give(line, "33.33", PAID + timedelta(hours=1))
        undo_refund(refund=first, refunded_at=PAID + timedelta(hours=2))
        give(line, "66.67", DUE + timedelta(days=1))
        settle(merchant, DUE + timedelta(days=1))

        # Taken back so far: 3.33, 6.67, 3.33, 10.00
        assert (rows(seller), books(seller)) == (
            ["10.00", "-3.33", "-3.34", "3.34", "-6.67"], {},
        )  # fmt: skip
        assert RefundBooking.objects.count() == 4

    @pytest.mark.parametrize("runs", [(1, 2, 3, 4), (4,)])
    def test_late_or_in_time_the_books_of_a_day_are_the_same(self, merchant, seller, runs):
        line = sell(seller)
        refund = give(line, "40.00", DUE + timedelta(days=1))
        undo_refund(refund=refund, refunded_at=DUE + timedelta(days=3))
        for days in runs:
            settle(merchant, DUE + timedelta(days=days))

        standing = [
            next(
                str(row.available)
                for row in balances(merchant=merchant, as_of=DUE + timedelta(days=days))
                if row.code == seller.code
            )
            for days in (0, 1, 2, 3)
        ]
        assert standing == ["10.00", "6.00", "6.00", "10.00"]
        assert not any(run_due(merchant=merchant, as_of=DUE + timedelta(days=4)).values())

    def test_recorded_late_beside_what_is_settled_already(self, merchant, seller):
        line = sell(seller)
        first = give(line, "60.00", PAID)
        give(line, "40.00", PAID + timedelta(days=5))
        settle(merchant, PAID + timedelta(days=5))
        assert books(seller) == {}

        undo_refund(refund=first, refunded_at=PAID + timedelta(days=3))
        give(line, "40.00", PAID + timedelta(days=1))
        settle(merchant, DUE)

        # 60 + 40 − 60 + 40 of 100 are given back.
        assert books(seller) == {"available": "2.00"}
        assert rows(seller) == ["10.00", "-6.00", "-4.00", "6.00", "-4.00"]

    @pytest.mark.parametrize("marked", [True, False])
    def test_a_refund_too_small_for_a_row_stays_without_one(self, merchant, seller, marked):
        line = sell(seller, completed=False)
        tiny = give(line, "0.04", PAID)
        undo_refund(refund=tiny, refunded_at=PAID + timedelta(hours=1))
        give(line, "0.11", PAID + timedelta(hours=2))
        settle(merchant, PAID + timedelta(days=1))
        if not marked:
            # As if the run had died before it could record what it had finished.
            RefundBooking.objects.all().delete()
        give(line, "0.10", PAID + timedelta(days=2))
        settle(merchant, PAID + timedelta(days=2))

        # 10 % of 0.04, then of nothing, of 0.11 and of 0.21.
        assert rows(seller) == ["10.00", "-0.01", "-0.01"]

    def test_it_counts_on_its_own_day(self, merchant, seller):
        line = sell(seller)
        refund = give(line, "40.00", DUE)
        undo_refund(refund=refund, refund_no="U1", refunded_at=DUE + timedelta(days=3))
        settle(merchant, DUE + timedelta(days=3))

        day = (DUE + timedelta(days=3)).date()
        row = next(
            each
            for each in ranking(merchant=merchant, date_from=day, date_to=day)
            if each.code == seller.code
        )
        figures = merchant_figures(merchant=merchant, now=DUE + timedelta(days=3)).today
        exported = list(commission_rows(merchant=merchant, date_from=day, date_to=day))
        assert (str(row.own_sales), row.orders, str(row.commission)) == ("40.00", 0, "4.00")
        assert (str(figures.refunds), str(figures.commission)) == ("-40.00", "6.00")
        assert [(row[2], str(row[8])) for row in exported] == [("U1", "4.00"), ("U1", "2.00")]


class TestWrittenOff:
    @pytest.fixture
    def staff(self, merchant):
        return [StaffMembershipFactory(role="finance").user for _number in range(2)]

    def write_off(self, debtor, amount, staff):
        proposed = propose_write_off(
            distributor=debtor, amount=amount, reason="Gone", actor=staff[0]
        )
        approve_write_off(write_off=proposed, actor=staff[1])

    @pytest.fixture
    def refund(self, merchant, seller):
        """All of it was paid out when the order was given back: 10.00 are owed."""
        line = sell(seller)
        settle(merchant, DUE)
        withdraw_and_pay(merchant, seller, Decimal("10.00"), key="a")
        refund = give(line, "100.00", timezone.now())
        settle(merchant, timezone.now())
        return refund

    def test_later_earnings_repay_only_the_rest(self, merchant, seller, staff, refund):
        self.write_off(seller, "6.00", staff)
        assert books(seller) == {"paid": "10.00", "debt": "4.00"}
        sell(seller, "90.00")
        settle(merchant, timezone.now())

        assert books(seller) == {"paid": "10.00", "available": "5.00"}
        assert kinds("write_off", "repay") == [
            ("write_off", "write_off", "debt", "6.00"),
            ("repay", "available", "debt", "4.00"),
        ]
        # pending + available + withdrawing + paid − debt = lifetime + written off
        found = balances_of(seller)
        assert (str(found.lifetime), str(found.written_off)) == ("9.00", "6.00")
        [lifetime] = [r.lifetime for r in balances(merchant=merchant) if r.code == seller.code]
        assert lifetime == found.lifetime

    def test_a_refund_undone_after_its_debt_was_given_up(self, merchant, seller, staff, refund):
        self.write_off(seller, "6.00", staff)
        undo_refund(refund=refund)
        settle(merchant, timezone.now())

        assert books(seller) == {"paid": "10.00", "available": "6.00"}
        assert str(balances_of(seller).lifetime) == "10.00"

    def test_the_debt_names_the_refund_that_caused_it(self, merchant, seller, refund):
        [debt] = open_debts(distributor=seller, merchant=merchant)

        assert (str(debt.left), debt.days) == ("10.00", 0)
        assert debt.commission.refund == refund
        assert debt.commission.order_line == refund.order_line
