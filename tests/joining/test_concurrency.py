"""The same person, or the same application, in the same instant: one distributor."""

import pytest
from django_scopes import scope

from apps.accounts.models import User
from apps.distributors.models import Distributor, DuplicateFlag
from apps.distributors.selectors.tree_checks import tree_faults
from apps.joining.models import Application, Review, Submission
from apps.joining.services import (
    approve_application,
    reject_application,
    save_policy,
    submit_application,
)
from apps.merchants.models import Agreement
from apps.merchants.services import publish_agreement, save_agreement_draft
from apps.payouts.services import save_payout_account
from tests.factories import DistributorFactory, MerchantFactory, StaffMembershipFactory
from tests.joining.conftest import ID_NUMBER, filled, new_key
from tests.payouts.test_concurrency import at_once, succeeded

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 12


@pytest.fixture
def merchant(transactional_db):
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        yield merchant


def join(merchant, phone="13800138000", form=None, **values):
    return submit_application(
        merchant=merchant,
        phone=phone,
        filled=form or filled(),
        **({"request_key": new_key()} | values),
    )


def test_one_phone_joins_once(merchant):
    save_policy(merchant=merchant, way="open")

    results = at_once(merchant, [lambda: join(merchant)] * THREADS)

    assert len(succeeded(results)) == 1
    assert (Distributor.objects.count(), User.objects.count()) == (1, 1)
    assert (Application.objects.count(), Submission.objects.count()) == (1, 1)


def test_copies_of_one_form_are_one_application(merchant):
    save_policy(merchant=merchant, way="application")

    results = at_once(merchant, [lambda: join(merchant, request_key="same")] * THREADS)

    assert len({each.pk for each in results}) == 1
    assert (Application.objects.count(), Submission.objects.count()) == (1, 1)


def test_many_people_join_one_tree(merchant):
    save_policy(merchant=merchant, way="invitation")
    inviter = DistributorFactory()

    results = at_once(
        merchant,
        [
            lambda n=n: join(merchant, phone=f"139000000{n:02d}", inviter=inviter)
            for n in range(THREADS)
        ],
    )

    assert len(succeeded(results)) == THREADS
    assert Distributor.objects.filter(parent=inviter).count() == THREADS
    assert list(tree_faults()) == []


def test_one_application_decided_by_many_makes_one_distributor(merchant):
    save_policy(merchant=merchant, way="application")
    reviewer = StaffMembershipFactory(merchant=merchant).user
    submission = join(merchant, form=filled()).submissions.get()
    calls = [
        lambda: approve_application(submission=submission, upline=None, actor=reviewer)
    ] * THREADS

    assert len(succeeded(at_once(merchant, calls))) == 1

    assert (Distributor.objects.count(), Review.objects.count()) == (1, 1)
    assert Application.objects.get().distributor == Distributor.objects.get()


def test_of_an_approval_and_a_rejection_one_counts(merchant):
    save_policy(merchant=merchant, way="application")
    reviewer = StaffMembershipFactory(merchant=merchant).user
    submission = join(merchant).submissions.get()
    calls = [
        lambda: approve_application(submission=submission, upline=None, actor=reviewer),
        lambda: reject_application(submission=submission, reason="no", actor=reviewer),
    ] * (THREADS // 2)

    assert len(succeeded(at_once(merchant, calls))) == 1

    status = Application.objects.get().status
    assert Distributor.objects.count() == {"approved": 1, "rejected": 0}[status]


def test_one_id_number_joins_once_where_duplicates_are_refused(merchant):
    merchant.refuse_duplicates = True
    merchant.save()
    save_policy(merchant=merchant, way="open", ask_id_number="required")
    calls = [
        lambda n=n: join(merchant, f"139000000{n:02d}", filled(id_number=ID_NUMBER))
        for n in range(THREADS)
    ]

    assert len(succeeded(at_once(merchant, calls))) == 1
    assert (Distributor.objects.count(), Application.objects.count()) == (1, 1)


def test_one_payout_account_is_one_persons(merchant):
    merchant.refuse_duplicates = True
    merchant.save()
    people = [DistributorFactory(merchant=merchant) for _each in range(THREADS)]
    details = {"method": "bank", "holder_name": "陈静", "bank_name": "招商银行"}
    calls = [
        lambda person=person: save_payout_account(
            distributor=person, number="6225880123456789", **details
        )
        for person in people
    ]

    assert len(succeeded(at_once(merchant, calls))) == 1
    assert not DuplicateFlag.objects.exists()


def test_one_draft_is_published_once(merchant):
    draft = save_agreement_draft(merchant=merchant, title="x", text="x")

    results = at_once(merchant, [lambda: publish_agreement(agreement=draft, actor=None)] * THREADS)

    assert len(succeeded(results)) == 1
    assert Agreement.objects.get().number == 1
