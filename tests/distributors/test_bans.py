"""Banned people do not come back, at this merchant, under this phone or ID number."""

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.core.csv_files import ImportRefused
from apps.distributors.models import Ban, BannedIdentity, Distributor
from apps.distributors.services.banned import is_banned
from apps.distributors.services.bans import BanRefused, ban_distributor, lift_ban
from apps.distributors.services.importing import import_distributors
from apps.distributors.services.registration import RegistrationRefused, register_distributor
from apps.distributors.services.sign_in import SignInRefused, give_sign_in
from apps.distributors.services.standing import StandingRefused, readmit_distributor
from tests.distributors.files import rows_of
from tests.factories import DistributorFactory, MerchantFactory, UserFactory

PHONE = "+8613800001111"
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def person(merchant):
    return DistributorFactory(code="A", phone=PHONE)


def ban(person, **values):
    return ban_distributor(
        **{"distributor": person, "reason": " forged orders ", "actor": None} | values
    )


def test_a_ban_terminates_and_remembers_hashes_only(merchant, person):
    actor = UserFactory()
    made = ban(person, actor=actor, id_number=" 11010519491231002x ")
    assert Distributor.objects.get().status == "terminated"
    assert (made.reason, made.banned_by, made.is_open) == ("forged orders", actor, True)
    identities = BannedIdentity.objects.order_by("kind")
    assert [each.kind for each in identities] == ["id_number", "phone"]
    assert all(len(each.value_hash) == 64 for each in identities)
    assert is_banned(merchant=merchant, phone="138 0000 1111")
    assert is_banned(merchant=merchant, id_number=ID_NUMBER)
    assert not is_banned(merchant=merchant, phone="13800001112", id_number="110105194912310038")


def test_somebody_terminated_before_is_banned_as_well(person):
    Distributor.objects.update(status="terminated")
    ban(person)
    assert not person.events.filter(field="status").exists()
    assert Ban.objects.count() == 1


def test_a_ban_is_made_once(person):
    ban(person)
    with pytest.raises(BanRefused):
        ban(person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ban.objects.create(merchant=person.merchant, distributor=person, reason="x")
    assert Ban.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"reason": "  "}, {"id_number": "1234"}])
def test_wrong_bans_change_nothing(person, wrong):
    with pytest.raises(BanRefused):
        ban(person, **wrong)
    assert Distributor.objects.get().status == "active"
    assert not Ban.objects.exists()


def test_a_banned_phone_does_not_join_again_even_when_the_data_are_gone(merchant, person):
    ban(person)
    Distributor.objects.update(phone=None)
    with pytest.raises(RegistrationRefused):
        register_distributor(merchant=merchant, code="B", name="B", phone="13800001111")
    with pytest.raises(ImportRefused) as refused:
        import_distributors(
            merchant=merchant,
            rows=rows_of(
                [
                    {"code": "B", "name": "B", "phone": "13800001111"},
                    {"code": "C", "name": "C", "phone": "13800001112"},
                ]
            ),
        )
    assert [(each.line, each.column) for each in refused.value.problems] == [(2, "phone")]
    assert Distributor.objects.count() == 1


def test_another_merchant_knows_nothing_of_it(person):
    ban(person, id_number=ID_NUMBER)
    other = MerchantFactory()
    with scope(merchant=other):
        assert not is_banned(merchant=other, phone=PHONE, id_number=ID_NUMBER)
        register_distributor(merchant=other, code="B", name="B", phone=PHONE)


def test_a_banned_person_gets_no_sign_in(person):
    person.user = UserFactory()
    person.save(update_fields=["user"])
    ban(person)
    with pytest.raises(SignInRefused):
        give_sign_in(distributor=person, actor=None)


def test_lifting_lets_them_in_again_and_leaves_them_terminated(merchant, person):
    made, actor = ban(person), UserFactory()
    with pytest.raises(StandingRefused):
        readmit_distributor(distributor=person, reason="wrong", actor=None)
    with pytest.raises(BanRefused):
        lift_ban(ban=made, reason=" ", actor=actor)
    lifted = lift_ban(ban=made, reason="mistaken", actor=actor)
    assert (lifted.lift_reason, lifted.lifted_by, lifted.is_open) == ("mistaken", actor, False)
    assert not is_banned(merchant=merchant, phone=PHONE)
    assert Distributor.objects.get().status == "terminated"
    with pytest.raises(BanRefused):
        lift_ban(ban=made, reason="again", actor=actor)


def test_banned_again_after_lifting(person):
    lift_ban(ban=ban(person), reason="mistaken", actor=None)
    ban(person)
    assert Ban.objects.filter(lifted_at=None).count() == 1


def test_hashes_from_papers_are_remembered(merchant, person):
    ban(person, id_hashes=["a" * 64, ""])
    kept = BannedIdentity.objects.filter(kind="id_number")
    assert list(kept.values_list("value_hash", flat=True)) == ["a" * 64]
