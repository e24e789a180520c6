"""Who gets which account, and who may set its password."""

import pytest
from django_scopes import scope

from apps.accounts.models import User
from apps.accounts.services import AccountRefused
from apps.distributors.models import Distributor
from apps.distributors.services.sign_in import SignInRefused, give_sign_in
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
