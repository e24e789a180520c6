"""Who gets which account, and who may set its password."""

import pytest
from django_scopes import scope

from apps.accounts.models import User
from apps.accounts.services import AccountRefused, claim_account
from apps.distributors.models import Distributor
from apps.distributors.services.sign_in import SignInRefused, first_password_link, give_sign_in
from apps.merchants.models import StaffMembership
from apps.merchants.services import add_staff
from tests.factories import DistributorFactory, MerchantFactory, UserFactory


def test_a_new_account_with_a_link(client, merchant):
    person = DistributorFactory(name="王芳", phone="13800138000")
    user, link = give_sign_in(distributor=person, actor=None)
    assert (str(user.phone), user.name) == ("+8613800138000", "王芳")
    assert Distributor.objects.get().user == person.user == user
    assert client.get(link, follow=True).context["form"].user == user


def test_again_for_a_lost_password(client, merchant):
    person = DistributorFactory(phone="13800138000")
    user, _first = give_sign_in(distributor=person, actor=None)
    user.set_password("forgotten-by-now")
    user.save()
    Distributor.objects.update(phone="+8613800138009")
    again, link = give_sign_in(distributor=person, actor=None)
    assert again == user
    assert client.get(link, follow=True).context["form"].user == user
    assert User.objects.count() == 1


def make_staff_elsewhere(user):
    add_staff(merchant=MerchantFactory(), user=user, role="viewer")


def make_staff_here(user):
    from django_scopes import get_scope

    add_staff(merchant=get_scope()["merchant"], user=user, role="owner")


def make_distributor_elsewhere(user):
    DistributorFactory(merchant=MerchantFactory(), user=user)


def make_platform_owner(user):
    User.objects.filter(pk=user.pk).update(is_superuser=True)


@pytest.mark.parametrize(
    "powerful",
    [make_staff_elsewhere, make_staff_here, make_distributor_elsewhere, make_platform_owner],
)
def test_an_account_that_opens_more_is_linked_without_a_link(merchant, powerful):
    user = UserFactory(phone="+8613800138000")
    powerful(user)
    person = DistributorFactory(merchant=merchant, phone="13800138000")
    assert give_sign_in(distributor=person, actor=None) == (user, "")
    assert Distributor.objects.get().user == user


def test_an_account_never_stands_for_two_people_of_a_merchant(merchant):
    user = UserFactory(phone="+8613800138000")
    DistributorFactory(user=user, phone="13800138009")
    person = DistributorFactory(phone="13800138000")
    with pytest.raises(SignInRefused):
        give_sign_in(distributor=person, actor=None)
    assert Distributor.objects.get(pk=person.pk).user is None


def test_refused_without_a_phone_or_after_termination(merchant):
    for person in (DistributorFactory(phone=None), DistributorFactory(status="terminated")):
        with pytest.raises(SignInRefused):
            give_sign_in(distributor=person, actor=None)
    assert User.objects.count() == 0


def test_a_shut_account_is_refused(merchant):
    UserFactory(phone="+8613800138000", is_active=False)
    person = DistributorFactory(phone="13800138000")
    with pytest.raises(AccountRefused):
        give_sign_in(distributor=person, actor=None)
    assert Distributor.objects.get().user is None


def test_the_same_phone_at_two_merchants_is_one_account(db):
    people = [DistributorFactory(phone="13800138000") for _ in range(2)]
    users = [give_sign_in(distributor=person, actor=None).user for person in people]
    assert users[0] == users[1]
    for person in people:
        with scope(merchant=person.merchant):
            assert Distributor.objects.get().user == users[0]


class TestClaimedNumbers:
    """An account opened on a public page gets nothing by its number until somebody vouches."""

    @pytest.fixture
    def claimed(self, merchant):
        return claim_account(phone="13800138000", name="王芳")

    def test_it_is_not_linked_unseen(self, merchant, claimed):
        person = DistributorFactory(merchant=merchant, phone="13800138000")

        with pytest.raises(AccountRefused, match="Call the number"):
            give_sign_in(distributor=person, actor=None)
        assert Distributor.objects.get().user is None

        user, link = give_sign_in(distributor=person, actor=None, vouched=True)
        assert (user, bool(link), user.is_phone_vouched) == (claimed, True, True)
        claimed.refresh_from_db()
        assert claimed.is_phone_vouched

    def test_it_does_not_become_staff_unseen(self, merchant, claimed):
        with pytest.raises(AccountRefused, match="Call the number"):
            add_staff(merchant=merchant, user=claimed, role="owner")
        assert not StaffMembership.objects.exists()

        add_staff(merchant=merchant, user=claimed, role="owner", vouched=True)
        assert StaffMembership.objects.get().user == claimed

    def test_a_number_is_claimed_once(self, claimed):
        with pytest.raises(AccountRefused, match="has an account already"):
            claim_account(phone="+86 138 0013 8000", name="somebody")
        assert User.objects.get().name == "王芳"

    def test_the_first_password_only_for_who_has_nothing_else(self, merchant, claimed):
        person = DistributorFactory(merchant=merchant, user=claimed)
        assert first_password_link(distributor=person).startswith("/accounts/welcome/")

        make_distributor_elsewhere(claimed)
        assert first_password_link(distributor=person) == ""

    def test_no_link_with_a_password_or_a_shut_account(self, merchant, claimed):
        person = DistributorFactory(merchant=merchant, user=claimed)
        claimed.set_password("one-of-their-own")
        assert first_password_link(distributor=person) == ""
        claimed.set_unusable_password()
        claimed.is_active = False
        assert first_password_link(distributor=person) == ""
        assert first_password_link(distributor=DistributorFactory(merchant=merchant)) == ""
