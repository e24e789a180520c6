from datetime import UTC, datetime

import pytest
import time_machine
from django_scopes import scope

from apps.merchants.models import StaffMembership
from apps.payouts.models import Payout
from apps.payouts.services import (
    PayoutRefused,
    approve_batch,
    approve_withdrawal,
    make_batch,
    mark_payout_failed,
    mark_payout_paid,
    request_withdrawal,
)
from tests.factories import MerchantFactory, StaffMembershipFactory
from tests.payouts.money import books, incur_debt, movements

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
Role = StaffMembership.Role


@pytest.fixture
def batch(merchant, distributor, finance):
    """A draft of two lines: ¥30.00 and ¥20.00."""
    withdrawals = [
        request_withdrawal(distributor=distributor, amount=amount, request_key=amount)
        for amount in ("30.00", "20.00")
    ]
    for each in withdrawals:
        approve_withdrawal(withdrawal=each, actor=finance)
    return make_batch(merchant=merchant, withdrawals=withdrawals, actor=finance)


@pytest.fixture
def lines(batch, second_finance):
    """The lines of the batch, approved."""
    approve_batch(batch=batch, actor=second_finance)
    return list(batch.payouts.order_by("pk"))


def states(*rows) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.status for row in rows]


@time_machine.travel(NOON, tick=False)
def test_a_paid_line_moves_the_money_out(lines, distributor, finance):
    first, second = lines

    mark_payout_paid(payout=first, actor=finance)

    first.refresh_from_db()
    assert (first.status, first.settled_by, first.settled_at) == ("paid", finance, NOON)
    assert (first.withdrawal.status, first.withdrawal.settled_at) == ("paid", NOON)
    assert states(second, second.withdrawal, first.batch) == ["waiting", "paying", "approved"]
    assert books(distributor) == {"available": "50.00", "withdrawing": "20.00", "paid": "30.00"}
    assert movements()[-1] == (
        f"withdrawal:{first.withdrawal_id}:paid",
        "withdrawing",
        "paid",
        "30.00",
    )


def test_a_failed_line_gives_the_money_back(lines, distributor, finance):
    first, _second = lines

    mark_payout_failed(payout=first, actor=finance, reason=" 账号已销户 ")

    first.refresh_from_db()
    assert (first.status, first.reason, first.settled_by) == ("failed", "账号已销户", finance)
    assert (first.withdrawal.status, first.withdrawal.reason) == ("failed", "账号已销户")
    assert books(distributor) == {"available": "80.00", "withdrawing": "20.00"}
    again = request_withdrawal(distributor=distributor, amount="80.00", request_key="again")
    assert again.status == "submitted"


def test_a_failed_line_repays_a_debt_made_since(lines, distributor, finance):
    incur_debt(distributor, "12.00")

    mark_payout_failed(payout=lines[0], actor=finance, reason="账号已销户")

    assert books(distributor) == {"available": "68.00", "withdrawing": "20.00"}


def test_a_batch_is_settled_with_its_last_line(lines, finance):
    first, second = lines

    mark_payout_failed(payout=first, actor=finance, reason="账号已销户")
    assert states(first.batch) == ["approved"]
    mark_payout_paid(payout=second, actor=finance)

    assert states(first.batch) == ["settled"]


def test_a_line_is_marked_once(lines, distributor, finance, second_finance):
    first, _second = lines
    mark_payout_paid(payout=first, actor=finance)
    before = movements()

    with pytest.raises(PayoutRefused):
        mark_payout_paid(payout=first, actor=second_finance)
    with pytest.raises(PayoutRefused):
        mark_payout_failed(payout=first, actor=second_finance, reason="账号已销户")

    first.refresh_from_db()
    assert (first.status, first.reason, first.settled_by) == ("paid", "", finance)
    assert movements() == before
    assert books(distributor) == {"available": "50.00", "withdrawing": "20.00", "paid": "30.00"}


def test_a_failed_line_is_not_paid_after_all(lines, distributor, finance):
    first, _second = lines
    mark_payout_failed(payout=first, actor=finance, reason="账号已销户")

    with pytest.raises(PayoutRefused):
        mark_payout_paid(payout=first, actor=finance)

    assert states(first, first.withdrawal) == ["failed", "failed"]
    assert books(distributor) == {"available": "80.00", "withdrawing": "20.00"}


def test_nothing_is_paid_before_a_second_person_approved(batch, distributor, second_finance):
    line = batch.payouts.first()

    with pytest.raises(PayoutRefused):
        mark_payout_paid(payout=line, actor=second_finance)
    with pytest.raises(PayoutRefused):
        mark_payout_failed(payout=line, actor=second_finance, reason="账号已销户")

    assert states(line, line.withdrawal, batch) == ["waiting", "paying", "draft"]
    assert books(distributor) == {"available": "50.00", "withdrawing": "50.00"}


def test_a_failure_needs_a_reason(lines, finance):
    with pytest.raises(PayoutRefused):
        mark_payout_failed(payout=lines[0], actor=finance, reason=" ")

    assert states(lines[0]) == ["waiting"]


def test_the_right_to_settle_comes_with_the_role(lines):
    operator = StaffMembershipFactory(role=Role.OPERATOR).user

    with pytest.raises(PayoutRefused):
        mark_payout_paid(payout=lines[0], actor=operator)

    assert states(lines[0]) == ["waiting"]


def test_a_line_of_another_merchant_is_not_found(lines):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = StaffMembershipFactory(merchant=other, role=Role.OWNER).user
        with pytest.raises(Payout.DoesNotExist):
            mark_payout_paid(payout=lines[0], actor=stranger)

    assert states(lines[0]) == ["waiting"]
