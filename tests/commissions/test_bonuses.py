"""Stage bonuses: to the fen, on lines of the period, and taken back like everything else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django_scopes import scope

from apps.commissions.models import BonusPeriod, Commission, StageRun
from apps.commissions.plan_document import PlanRefused
from apps.commissions.selectors import commission_rows
from apps.commissions.services.bonuses import settle_bonuses
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import DistributorEvent
from apps.distributors.services.standing import suspend_distributor
from apps.insights.selectors.reconcile import reconcile
from apps.ledger.models import Transfer
from apps.ledger.selectors import wallet_balances
from apps.orders.models import Order
from apps.orders.services.refunds import record_refund, undo_refund
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    UserFactory,
)
from tests.flows.command_line import withdraw_and_pay

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
MARCH = datetime(2026, 3, 1, tzinfo=SHANGHAI)
PAID = MARCH + timedelta(days=9)
APRIL = datetime(2026, 4, 1, tzinfo=SHANGHAI)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# Nobody earns a share, so that every row is a bonus.
NO_SHARE = [{"depth": 1, "percent": "0"}]


def money(text: str) -> Decimal:
    return Decimal(text)


def put_in_force(merchant, *bonuses: dict, since: datetime = START, **changes):
    document = {"name": "P", "depths": 1, "rules": NO_SHARE}
    if bonuses:
        document["stage_bonuses"] = list(bonuses)
    return activate_plan(
        plan=draft_plan(merchant=merchant, content=document | changes), effective_from=since
    )


def monthly(*steps: tuple[str, dict], of: str = "own", **more) -> dict:
    return {
        "of": of,
        "period": "month",
        "steps": [{"reach": reach, **pays} for reach, pays in steps],
    } | more


def percent(value: str) -> dict:
    return {"percent": value}


def fixed(value: str) -> dict:
    return {"amount": value}


def joined(code: str, parent=None):
    return DistributorFactory(code=code, parent=parent, joined_at=START - DAY)


def sell(seller, amount: str, *, at: datetime = PAID, completed: bool = True):
    order = OrderFactory(distributor=seller, completed=completed, placed_at=at)
    return OrderLineFactory(order=order, unit_price=money(amount))


def run(merchant, as_of: datetime) -> dict[str, int]:
    """One run, after which the books must be in order."""
    counts = run_due(merchant=merchant, as_of=as_of)
    assert list(reconcile(merchant=merchant)) == []
    return counts


def rows() -> list[tuple]:
    """(beneficiary, base, rate, amount) of every row that a sale or refund made."""
    found = Commission.objects.filter(kind="stage_bonus").order_by("earned_at", "pk")
    return list(found.values_list("beneficiary__code", "base_amount", "rate", "amount"))


def people() -> dict[str, tuple[str, str, str]]:
    """Code → bonus before and after the pool, and what was paid, of the latest period."""
    figures = BonusPeriod.objects.order_by("ends_at", "number").last().figures
    return {
        each["code"]: (each["bonus"], each["after_pool"], each["paid"])
        for each in figures["people"]
    }


def standing(person) -> tuple[Decimal, Decimal, Decimal]:
    balances = wallet_balances(person)
    return balances["pending"], balances["available"], balances["debt"]


def test_the_highest_step_reached_pays_its_percentage_of_all_net_sales(merchant):
    put_in_force(merchant, monthly(("1000", percent("1")), ("2000", percent("2.5"))))
    seller, other = joined("A"), joined("B")
    sell(seller, "1500.00")
    sell(seller, "700.20")
    sell(other, "1999.99")

    assert run(merchant, APRIL)["bonuses"] == 3

    # 2.5 % of 2 200.20 is 55.005, half up 55.01, shared by 1500.00 : 700.20.
    assert rows() == [
        ("A", money("1500.00"), money("2.50"), money("37.50")),
        ("A", money("700.20"), money("2.50"), money("17.51")),
        ("B", money("1999.99"), money("1.00"), money("20.00")),
    ]
    row = Commission.objects.first()
    assert (row.kind, row.depth, row.earned_at, row.plan.name) == ("stage_bonus", 1, APRIL, "P")
    assert standing(seller) == (0, money("55.01"), 0)


def test_a_fixed_amount_is_shared_over_the_lines_ties_to_the_earlier(merchant):
    put_in_force(merchant, monthly(("300", fixed("10.00"))))
    seller = joined("A")
    for day in (3, 1, 2):
        sell(seller, "100.00", at=MARCH + day * DAY)

    run(merchant, APRIL)

    assert [row[2:] for row in rows()] == [
        (None, money("3.34")),
        (None, money("3.33")),
        (None, money("3.33")),
    ]
    first = Commission.objects.get(amount=money("3.34"))
    assert first.order_line.order.paid_at == MARCH + DAY


def test_below_the_first_step_nobody_earns_and_the_period_is_noted(merchant):
    put_in_force(merchant, monthly(("100", fixed("5.00"))))
    sell(joined("A"), "99.99")

    assert "bonuses" not in run(merchant, APRIL)

    assert rows() == []
    period = BonusPeriod.objects.get(ends_at=APRIL)
    assert (period.starts_at, period.number, period.figures["people"]) == (MARCH, 1, [])
    assert period.figures["sales"] == "99.99"


def test_a_team_is_the_person_and_everybody_below_at_any_depth(merchant):
    put_in_force(merchant, monthly(("600", percent("10")), of="team"))
    top = joined("A")
    middle = joined("B", top)
    low = joined("C", joined("X", middle))
    sell(top, "100.00")
    sell(middle, "200.00", at=PAID + SECOND)
    sell(low, "300.00", at=PAID + 2 * SECOND)

    run(merchant, APRIL)

    assert people() == {"A": ("60.00", "60.00", "60.00")}
    assert [row[3] for row in rows()] == [money("10.00"), money("20.00"), money("30.00")]
    assert set(Commission.objects.values_list("beneficiary__code", flat=True)) == {"A"}


def test_the_team_is_that_of_the_periods_end(merchant):
    put_in_force(merchant, monthly(("100", fixed("9.00")), of="team"))
    before, after = joined("A"), joined("B")
    seller = joined("C", after)
    sell(seller, "100.00")
    # Moved from A to B at the first moment of April: in March the seller still stood under A.
    DistributorEvent.objects.create(
        merchant=merchant, distributor=seller, field="parent", old_value=before.code,
        new_value=after.code, effective_at=APRIL,
    )  # fmt: skip

    run(merchant, APRIL + 5 * DAY)

    assert people() == {"A": ("9.00", "9.00", "9.00"), "C": ("9.00", "9.00", "9.00")}


def test_the_period_ends_at_midnight_of_the_merchant(merchant):
    put_in_force(merchant, monthly(("100", fixed("5.00"))))
    march, april = joined("A"), joined("B")
    # Both are 31 March in UTC.
    sell(march, "100.00", at=datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC))
    sell(april, "100.00", at=datetime(2026, 3, 31, 16, tzinfo=UTC))

    assert "bonuses" not in run(merchant, APRIL - SECOND)
    assert run(merchant, APRIL)["bonuses"] == 1
    assert people() == {"A": ("5.00", "5.00", "5.00")}
    assert run(merchant, datetime(2026, 5, 1, tzinfo=SHANGHAI))["bonuses"] == 1
    assert people() == {"B": ("5.00", "5.00", "5.00")}


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("month", MARCH, APRIL),
        ("quarter", START, APRIL),
        ("year", START, datetime(2027, 1, 1, tzinfo=SHANGHAI)),
    ],
)
def test_a_period_is_a_calendar_month_quarter_or_year(merchant, period, start, end):
    put_in_force(merchant, monthly(("100", fixed("5.00")), period=period))
    sell(joined("A"), "100.00")

    run(merchant, end - SECOND)
    assert rows() == []
    run(merchant, end)

    settled = BonusPeriod.objects.get(ends_at=end)
    assert (settled.starts_at, len(rows())) == (start, 1)


def test_a_pool_is_shared_in_proportion_ties_by_code(merchant):
    put_in_force(merchant, monthly(("100", percent("10")), pool="20.00"))
    for code in ("C", "A", "B"):
        sell(joined(code), "100.00")

    run(merchant, APRIL)

    assert people() == {
        "A": ("10.00", "6.67", "6.67"),
        "B": ("10.00", "6.67", "6.67"),
        "C": ("10.00", "6.66", "6.66"),
    }


def test_refunds_of_the_period_count_also_on_lines_sold_before(merchant):
    put_in_force(merchant, monthly(("500", percent("10"))))
    seller = joined("A")
    early = sell(seller, "400.00", at=MARCH - DAY)
    run(merchant, MARCH)
    kept, given_back = sell(seller, "600.00"), sell(seller, "300.00", at=PAID + SECOND)
    record_refund(order_line=early, amount=money("100.00"), refunded_at=PAID)
    record_refund(order_line=given_back, amount=money("300.00"), refunded_at=PAID + DAY)
    record_refund(order_line=kept, amount=money("50.00"), refunded_at=APRIL)

    run(merchant, APRIL - SECOND)
    run(merchant, APRIL)

    # 600 + 300 − 100 − 300 = 500 reach the step. The line given back takes no part, and what is
    # given back at the first moment of April belongs to April: 50 of 600 take 4.17 of 50.00.
    assert people() == {"A": ("50.00", "50.00", "50.00")}
    assert [(row[1], row[3]) for row in rows()] == [
        (money("600.00"), money("50.00")),
        (money("600.00"), money("-4.17")),
    ]


def test_refunds_after_the_end_count_from_what_was_left_then(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))))
    seller = joined("A")
    line = sell(seller, "300.00")
    record_refund(order_line=line, amount=money("100.00"), refunded_at=PAID + DAY)
    run(merchant, APRIL)
    assert rows() == [("A", money("200.00"), money("10.00"), money("20.00"))]

    first = record_refund(
        order_line=line, amount=money("66.67"), refunded_at=APRIL + DAY, refund_no="R1"
    )
    run(merchant, APRIL + DAY)
    undo_refund(refund=first, refunded_at=APRIL + 2 * DAY)
    run(merchant, APRIL + 2 * DAY)
    record_refund(order_line=line, amount=money("200.00"), refunded_at=APRIL + 3 * DAY)
    run(merchant, APRIL + 3 * DAY)

    assert [row[3] for row in rows()] == [
        money("20.00"), money("-6.67"), money("6.67"), money("-20.00"),
    ]  # fmt: skip
    assert standing(seller) == (0, 0, 0)


def test_a_refund_recorded_late_is_taken_back_from_the_end_of_the_period_on(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))))
    seller = joined("A")
    line = sell(seller, "300.00", completed=False)
    run(merchant, APRIL)

    record_refund(order_line=line, amount=money("300.00"), refunded_at=PAID + DAY)
    run(merchant, APRIL + DAY)

    assert standing(seller) == (0, 0, 0)
    assert set(Commission.objects.values_list("earned_at", flat=True)) == {APRIL}


def test_released_after_the_hold_and_never_before_the_period_ended(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    seller = joined("A")
    sell(seller, "300.00", at=MARCH)
    sell(seller, "100.00", at=APRIL - DAY)

    run(merchant, APRIL)
    # The first line was completed on 4 March; the second on 3 April, and is held until 10 April.
    assert standing(seller) == (money("2.00"), money("6.00"), 0)
    due = APRIL + 9 * DAY
    run(merchant, due - SECOND)
    assert standing(seller) == (money("2.00"), money("6.00"), 0)
    run(merchant, due)
    assert standing(seller) == (0, money("8.00"), 0)
    exported = [(row[4], row[9], *row[-2:]) for row in commission_rows(merchant=merchant)]
    assert exported == [
        ("stage_bonus", "released", APRIL, APRIL),
        ("stage_bonus", "released", APRIL, due),
    ]


def test_a_clawback_beyond_what_is_available_becomes_debt(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    seller = joined("A")
    line = sell(seller, "100.00")
    run(merchant, APRIL)
    merchant.withdrawal_minimum = money("1.00")
    merchant.save()
    withdraw_and_pay(merchant, seller, money("5.00"), "W1")
    record_refund(order_line=line, amount=money("100.00"), refunded_at=APRIL + DAY)

    run(merchant, APRIL + DAY)

    assert standing(seller) == (0, 0, money("5.00"))


def test_a_line_pays_no_more_than_its_ceiling_leaves(merchant):
    put_in_force(
        merchant,
        monthly(("100", percent("4")), of="team"),
        rules=[{"depth": 1, "percent": "10"}],
        ceiling={"of": "paid", "percent": "15"},
    )
    top = joined("A")
    seller = joined("B", top)
    sell(seller, "100.00")
    sell(top, "100.00", at=PAID + SECOND)

    run(merchant, APRIL)

    # On B's line 5.00 are left beside the share of 10.00, and B and A claim 4.00 each.
    assert rows() == [
        ("B", money("100.00"), money("4.00"), money("2.50")),
        ("A", money("100.00"), money("4.00"), money("2.50")),
        ("A", money("100.00"), money("4.00"), money("4.00")),
    ]
    assert people() == {"A": ("8.00", "8.00", "6.50"), "B": ("4.00", "4.00", "2.50")}


def test_who_is_not_active_at_the_end_gets_nothing_and_takes_nothing_from_the_pool(merchant):
    put_in_force(merchant, monthly(("100", percent("10")), pool="10.00"))
    away, back = joined("A"), joined("B")
    sell(away, "100.00")
    sell(back, "100.00")
    actor = UserFactory()
    suspend_distributor(distributor=away, reason="Away", actor=actor, effective_at=APRIL - SECOND)
    suspend_distributor(distributor=back, reason="Away", actor=actor, effective_at=APRIL)

    run(merchant, APRIL)

    assert people() == {"A": ("0.00", "0.00", "0.00"), "B": ("10.00", "10.00", "10.00")}
    figures = BonusPeriod.objects.get(ends_at=APRIL).figures["people"]
    assert [each["active"] for each in figures] == [False, True]


def test_running_again_changes_nothing_and_late_orders_do_not_reopen_a_period(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    seller = joined("A")
    sell(seller, "100.00")
    run(merchant, APRIL)
    before = list(Transfer.objects.order_by("pk").values())

    assert not any(run(merchant, APRIL).values())
    assert list(Transfer.objects.order_by("pk").values()) == before
    assert StageRun.objects.count() == 1
    sell(seller, "900.00", at=APRIL - SECOND)
    assert "bonuses" not in run(merchant, APRIL)
    assert len(rows()) == 1


def test_several_bonuses_each_pay_once_under_their_own_number(merchant):
    put_in_force(
        merchant,
        monthly(("100", fixed("8.00"))),
        monthly(("100", percent("1")), of="team", period="quarter"),
    )
    sell(joined("A"), "100.00")

    assert run(merchant, APRIL)["bonuses"] == 2

    found = Commission.objects.order_by("depth").values_list("depth", "amount")
    assert list(found) == [(1, money("8.00")), (2, money("1.00"))]


def test_a_new_plan_pays_no_sale_twice_for_one_number(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    seller = joined("A")
    sell(seller, "100.00", at=MARCH - DAY)
    run(merchant, MARCH)
    put_in_force(merchant, monthly(("100", percent("10")), period="quarter"), since=MARCH, name="Q")
    sell(seller, "200.00")

    run(merchant, APRIL)

    # January and February were settled month by month: the quarter begins in March.
    assert [row[3] for row in rows()] == [money("8.00"), money("20.00")]
    period = BonusPeriod.objects.get(ends_at=APRIL)
    assert (period.starts_at, period.plan.name) == (MARCH, "Q")


def test_a_plan_cannot_take_effect_before_a_settled_period_ended(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    run(merchant, APRIL)

    with pytest.raises(PlanRefused, match="are settled"):
        put_in_force(merchant, monthly(("1", fixed("9.00"))), since=APRIL - SECOND)
    put_in_force(merchant, monthly(("1", fixed("9.00"))), since=APRIL)


def test_a_period_waits_for_orders_that_are_not_computed_and_so_does_what_follows(merchant):
    put_in_force(merchant, monthly(("100", percent("10"))))
    seller = joined("A")
    line = sell(seller, "100.00")
    run(merchant, PAID)
    late = sell(seller, "100.00", at=PAID + SECOND)
    record_refund(order_line=line, amount=money("100.00"), refunded_at=APRIL)

    settled = settle_bonuses(merchant=merchant, as_of=APRIL)
    assert (settled.rows, settled.until) == (0, APRIL - timedelta(microseconds=1))
    assert not BonusPeriod.objects.filter(ends_at=APRIL).exists()

    run(merchant, APRIL)
    assert Order.objects.get(pk=late.order_id).stage == Order.Stage.BOOKED
    assert [row[3] for row in rows()] == [money("10.00"), money("10.00"), money("-10.00")]


def test_sales_of_a_plan_before_count_under_the_one_in_force_at_the_end(merchant):
    put_in_force(merchant, monthly(("1000", fixed("1.00"))))
    seller = joined("A")
    line = sell(seller, "100.00", at=MARCH + DAY)
    record_refund(order_line=line, amount=money("50.00"), refunded_at=APRIL + DAY)
    run(merchant, MARCH + 2 * DAY)
    put_in_force(merchant, monthly(("100", fixed("8.00"))), since=PAID, name="Q")

    run(merchant, APRIL + 2 * DAY)

    assert [row[3] for row in rows()] == [money("8.00"), money("-4.00")]
    assert Commission.objects.first().plan.name == "Q"


def test_refunds_settled_before_a_plan_reached_back_are_looked_at_again(merchant):
    put_in_force(merchant)
    seller = joined("A")
    line = sell(seller, "100.00", at=MARCH)
    record_refund(order_line=line, amount=money("25.00"), refunded_at=APRIL)
    assert run(merchant, APRIL)["refunds"] == 1
    put_in_force(merchant, monthly(("100", fixed("8.00"))), since=PAID)

    assert run(merchant, APRIL)["bonuses"] == 1

    assert [row[3] for row in rows()] == [money("8.00"), money("-2.00")]


def test_another_merchants_sales_are_left_alone(merchant):
    put_in_force(merchant, monthly(("100", fixed("8.00"))))
    sell(joined("A"), "100.00")
    other = MerchantFactory()
    with scope(merchant=other):
        put_in_force(other, monthly(("1", fixed("8.00"))))
        assert not any(run_due(merchant=other, as_of=APRIL).values())
        assert BonusPeriod.objects.get(ends_at=APRIL).figures["lines"] == 0
    assert rows() == []
