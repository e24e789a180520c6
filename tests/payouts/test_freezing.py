import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.payouts.models import PayoutBatch, PayoutFreeze, Withdrawal
from apps.payouts.services import (
    PayoutRefused,
    approve_batch,
    approve_withdrawal,
    clear_freeze,
    download_bank_file,
    freeze_payouts,
    make_batch,
    mark_payout_paid,
    request_withdrawal,
)
from tests.factories import MerchantFactory, StaffMembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(merchant):
    return StaffMembershipFactory(role="owner").user


@pytest.fixture
def approved(distributor, finance) -> Withdrawal:
    withdrawal = request_withdrawal(distributor=distributor, amount="30.00", request_key="one")
    return approve_withdrawal(withdrawal=withdrawal, actor=finance)


@pytest.fixture
def batch(merchant, approved, finance) -> PayoutBatch:
    return make_batch(merchant=merchant, withdrawals=[approved], actor=finance)


def test_one_stop_at_a_time(merchant):
    first = freeze_payouts(merchant=merchant, faults=["a", "b"])
    assert freeze_payouts(merchant=merchant, faults=["c"]) == first
    assert PayoutFreeze.objects.get().faults == "a\nb"
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutFreeze.objects.create(merchant=merchant, faults="second")


def test_while_stopped_no_batch_is_made(merchant, approved, finance):
    freeze_payouts(merchant=merchant, faults=["a"])
    with pytest.raises(PayoutRefused, match="Payouts are stopped"):
        make_batch(merchant=merchant, withdrawals=[approved], actor=finance)
    assert not PayoutBatch.objects.exists()


def test_while_stopped_no_batch_is_approved_and_no_bank_file_leaves(
    merchant, batch, owner, finance
):
    freeze_payouts(merchant=merchant, faults=["a"])
    with pytest.raises(PayoutRefused, match="Payouts are stopped"):
        approve_batch(batch=batch, actor=owner)
    batch.refresh_from_db()
    assert batch.status == PayoutBatch.Status.DRAFT

    clear_freeze(freeze=PayoutFreeze.objects.get(), actor=owner, reason="Looked at it")
    approve_batch(batch=batch, actor=owner)
    freeze_payouts(merchant=merchant, faults=["b"])
    with pytest.raises(PayoutRefused, match="Payouts are stopped"):
        download_bank_file(batch=batch, actor=finance)
    batch.refresh_from_db()
    assert batch.downloaded_at is None


def test_what_the_bank_has_done_can_still_be_recorded(merchant, batch, owner, finance):
    approve_batch(batch=batch, actor=owner)
    freeze_payouts(merchant=merchant, faults=["a"])
    assert mark_payout_paid(payout=batch.payouts.get(), actor=finance).status == "paid"


def test_only_the_owner_lets_payouts_go_on_and_says_why(merchant, owner, finance):
    freeze = freeze_payouts(merchant=merchant, faults=["a"])
    for actor, reason in ((finance, "fine"), (owner, " ")):
        with pytest.raises(PayoutRefused):
            clear_freeze(freeze=freeze, actor=actor, reason=reason)
    freeze.refresh_from_db()
    assert freeze.cleared_at is None

    cleared = clear_freeze(freeze=freeze, actor=owner, reason="A test row")
    assert (cleared.cleared_by, cleared.reason) == (owner, "A test row")
    with pytest.raises(PayoutRefused, match="already"):
        clear_freeze(freeze=freeze, actor=owner, reason="again")


def test_a_stop_is_its_merchants_alone(merchant, approved, finance):
    other = MerchantFactory()
    with scope(merchant=other):
        freeze_payouts(merchant=other, faults=["a"])
    assert make_batch(merchant=merchant, withdrawals=[approved], actor=finance).pk
