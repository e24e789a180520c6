"""Somebody banned does not come in again by the form: neither by phone nor by ID number."""

import pytest
from django_scopes import scope

from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.distributors.services.bans import ban_distributor, lift_ban
from apps.joining.models import Application
from apps.joining.selectors import id_hashes_of
from apps.joining.services import (
    approve_application,
    ask_for_changes,
    resubmit_application,
    save_policy,
    submit_application,
)
from tests.factories import DistributorFactory, MerchantFactory
from tests.joining.conftest import ID_NUMBER, filled, new_key

BANNED_PHONE, OTHER_PHONE = "13800138000", "13712345678"


@pytest.fixture(autouse=True)
def _policy(policy):
    policy(ask_id_number="optional")


@pytest.fixture
def banned(merchant):
    """Known by phone and ID number."""
    person = DistributorFactory(phone=f"+86{BANNED_PHONE}")
    return ban_distributor(distributor=person, reason="forged", actor=None, id_number=ID_NUMBER)


@pytest.mark.parametrize(
    ("phone", "number"),
    [(BANNED_PHONE, ""), (OTHER_PHONE, ID_NUMBER), (OTHER_PHONE, ID_NUMBER.lower())],
)
@pytest.mark.parametrize("way", ["open", "application"])
def test_who_is_known_is_refused_and_nothing_is_kept(policy, apply, banned, phone, number, way):
    policy(way, ask_id_number="optional")

    with pytest.raises(Refused, match="does not take your application"):
        apply(phone, form=filled(id_number=number))

    assert (Application.objects.count(), Distributor.objects.count()) == (0, 1)


def test_everybody_else_is_taken(apply, banned):
    assert apply(OTHER_PHONE, form=filled()).status == "submitted"


def test_another_merchant_knows_nothing_of_it(banned):
    other = MerchantFactory()
    with scope(merchant=other):
        save_policy(merchant=other, way="application", ask_id_number="optional")
        application = submit_application(
            merchant=other, phone=BANNED_PHONE, filled=filled(id_number=ID_NUMBER),
            request_key=new_key(),
        )  # fmt: skip
    assert application.status == "submitted"


def test_after_lifting_they_may_apply(apply, banned):
    lift_ban(ban=banned, reason="mistaken", actor=None)

    assert apply(OTHER_PHONE, form=filled(id_number=ID_NUMBER)).status == "submitted"


def test_a_ban_meets_an_application_that_waits(apply, reviewer, merchant):
    submission = apply(OTHER_PHONE, form=filled(id_number=ID_NUMBER)).submissions.get()
    person = DistributorFactory()
    ban_distributor(distributor=person, reason="forged", actor=None, id_number=ID_NUMBER)

    with pytest.raises(Refused, match="Lift the ban first"):
        approve_application(submission=submission, upline=None, actor=reviewer)

    assert Application.objects.get().status == "submitted"
    assert list(Distributor.objects.all()) == [person]


def test_a_form_sent_again_is_refused_as_well(apply, reviewer):
    application = apply(OTHER_PHONE, form=filled())
    ask_for_changes(submission=application.submissions.get(), reason="Your number", actor=reviewer)
    person = DistributorFactory()
    ban_distributor(distributor=person, reason="forged", actor=None, id_number=ID_NUMBER)

    with pytest.raises(Refused, match="does not take your application"):
        resubmit_application(
            application=application, filled=filled(id_number=ID_NUMBER), request_key=new_key()
        )

    assert application.submissions.count() == 1


def test_who_told_the_number_when_joining_is_known_by_it(policy, apply):
    policy("open", ask_id_number="optional")
    person = apply(form=filled(id_number=ID_NUMBER)).distributor
    assert id_hashes_of(DistributorFactory()) == set()
    ban_distributor(distributor=person, reason="forged", actor=None, id_hashes=id_hashes_of(person))

    with pytest.raises(Refused, match="does not take your application"):
        apply(OTHER_PHONE, form=filled(id_number=ID_NUMBER))
