from datetime import UTC, datetime

import pytest
import time_machine
from django_scopes import scope, scopes_disabled

from apps.merchants.models import StaffMembership
from apps.payouts.models import Payout, PayoutBatch
from apps.payouts.services import (
    PayoutRefused,
    approve_batch,
    approve_withdrawal,
    cancel_batch,
    make_batch,
    request_withdrawal,
)
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    StaffMembershipFactory,
    UserFactory,
)
from tests.payouts.conftest import add_account
from tests.payouts.money import books, fund, movements

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
Role = StaffMembership.Role


def approved(distributor, finance, amount="30.00", key="one"):
    withdrawal = request_withdrawal(distributor=distributor, amount=amount, request_key=key)
    return approve_withdrawal(withdrawal=withdrawal, actor=finance)


@pytest.fixture
def withdrawal(distributor, finance):
    return approved(distributor, finance)


@pytest.fixture
def batch(merchant, withdrawal, finance):
    return make_batch(merchant=merchant, withdrawals=[withdrawal], actor=finance)


def state(row) -> str:
    row.refresh_from_db()
    return row.status


def test_a_batch_takes_all_or_nothing(merchant, distributor, finance, withdrawal):
    unreviewed = request_withdrawal(distributor=distributor, amount="5.00", request_key="two")

    with pytest.raises(PayoutRefused, match=f"W{unreviewed.pk}"):
        make_batch(merchant=merchant, withdrawals=[withdrawal, unreviewed], actor=finance)

    assert (state(withdrawal), state(unreviewed)) == ("approved", "submitted")
    assert (PayoutBatch.objects.count(), Payout.objects.count()) == (0, 0)


def test_a_batch_has_a_line_per_withdrawal(merchant, distributor, finance, withdrawal):
    second = approved(distributor, finance, "12.34", "two")

    batch = make_batch(merchant=merchant, withdrawals=[second, withdrawal, second], actor=finance)

    lines = batch.payouts.order_by("pk").values_list("withdrawal", "amount", "status")
    assert [(pk, str(amount), status) for pk, amount, status in lines] == [
        (withdrawal.pk, "30.00", "waiting"),
        (second.pk, "12.34", "waiting"),
    ]
    assert (batch.status, batch.made_by, batch.approved_by) == ("draft", finance, None)
    assert (state(withdrawal), state(second)) == ("paying", "paying")
    # Nothing has been paid: the money stays aside.
    assert books(distributor) == {"available": "57.66", "withdrawing": "42.34"}


def test_a_withdrawal_is_in_one_batch_only(merchant, finance, withdrawal, batch):
    with pytest.raises(PayoutRefused):
        make_batch(merchant=merchant, withdrawals=[withdrawal], actor=finance)

    assert PayoutBatch.objects.count() == 1


def test_an_empty_batch_is_refused(merchant, finance):
    with pytest.raises(PayoutRefused):
        make_batch(merchant=merchant, withdrawals=[], actor=finance)

    assert PayoutBatch.objects.count() == 0


def test_another_merchants_withdrawal_is_not_paid(merchant, finance, withdrawal):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = StaffMembershipFactory(merchant=other, role=Role.FINANCE).user
        theirs = DistributorFactory(merchant=other)
        add_account(theirs)
        fund(theirs, "10.00")
        foreign = approved(theirs, stranger, "10.00")
        with pytest.raises(PayoutRefused):
            make_batch(merchant=other, withdrawals=[foreign, withdrawal], actor=stranger)

    with scopes_disabled():
        with pytest.raises(PayoutRefused):
            make_batch(merchant=merchant, withdrawals=[withdrawal, foreign], actor=finance)
        assert PayoutBatch.objects.count() == 0
        assert (state(withdrawal), state(foreign)) == ("approved", "approved")


@time_machine.travel(NOON, tick=False)
def test_another_person_approves(batch, second_finance):
    approve_batch(batch=batch, actor=second_finance)

    batch.refresh_from_db()
    assert (batch.status, batch.approved_by, batch.approved_at) == (
        "approved",
        second_finance,
        NOON,
    )


def test_the_maker_cannot_approve_and_nothing_changes(batch, withdrawal, distributor, finance):
    before = movements()

    with pytest.raises(PayoutRefused):
        approve_batch(batch=batch, actor=finance)

    batch.refresh_from_db()
    assert (batch.status, batch.approved_by, batch.approved_at) == ("draft", None, None)
    assert state(withdrawal) == "paying"
    assert movements() == before
    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}


def test_not_even_the_platform_owner_approves_their_own_batch(merchant, withdrawal):
    owner = UserFactory(is_superuser=True)
    batch = make_batch(merchant=merchant, withdrawals=[withdrawal], actor=owner)

    with pytest.raises(PayoutRefused):
        approve_batch(batch=batch, actor=owner)

    assert state(batch) == "draft"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER, None])
def test_only_finance_and_the_owner_make_approve_and_cancel(merchant, distributor, finance, role):
    actor = StaffMembershipFactory(role=role).user if role else UserFactory()
    batch = make_batch(
        merchant=merchant, withdrawals=[approved(distributor, finance)], actor=finance
    )
    loose = approved(distributor, finance, key="two")

    with pytest.raises(PayoutRefused):
        make_batch(merchant=merchant, withdrawals=[loose], actor=actor)
    with pytest.raises(PayoutRefused):
        approve_batch(batch=batch, actor=actor)
    with pytest.raises(PayoutRefused):
        cancel_batch(batch=batch, actor=actor)

    assert (state(batch), state(loose)) == ("draft", "approved")


def test_a_batch_is_approved_once(batch, second_finance):
    approve_batch(batch=batch, actor=second_finance)

    with pytest.raises(PayoutRefused):
        approve_batch(batch=batch, actor=second_finance)
    with pytest.raises(PayoutRefused):
        cancel_batch(batch=batch, actor=second_finance)

    assert state(batch) == "approved"


def test_a_cancelled_draft_frees_its_withdrawals(merchant, batch, withdrawal, distributor, finance):
    cancel_batch(batch=batch, actor=finance)

    assert (state(batch), state(withdrawal)) == ("cancelled", "approved")
    assert books(distributor) == {"available": "70.00", "withdrawing": "30.00"}
    again = make_batch(merchant=merchant, withdrawals=[withdrawal], actor=finance)
    assert again.payouts.get().withdrawal == withdrawal


def test_a_cancelled_batch_is_not_approved(batch, finance, second_finance):
    cancel_batch(batch=batch, actor=finance)

    with pytest.raises(PayoutRefused):
        approve_batch(batch=batch, actor=second_finance)

    assert state(batch) == "cancelled"


def test_a_batch_of_another_merchant_is_not_found(batch):
    other = MerchantFactory()
    with scope(merchant=other):
        stranger = StaffMembershipFactory(merchant=other, role=Role.OWNER).user
        for service in (approve_batch, cancel_batch):
            with pytest.raises(PayoutBatch.DoesNotExist):
                service(batch=batch, actor=stranger)

    assert state(batch) == "draft"


@pytest.mark.parametrize("count", [1, 50])
def test_a_batch_is_made_in_the_same_queries_at_any_size(
    merchant, distributor, finance, django_assert_num_queries, count
):
    fund(distributor, "1000.00")
    withdrawals = [approved(distributor, finance, "2.00", str(n)) for n in range(count)]

    # Savepoint, stop, withdrawals, batch, lines, statuses, savepoint released.
    with django_assert_num_queries(7):
        make_batch(merchant=merchant, withdrawals=withdrawals, actor=finance)
