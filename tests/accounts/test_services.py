import pytest

from apps.accounts.models import User
from apps.accounts.services import AccountRefused, get_or_create_user, set_password_link
from tests.factories import UserFactory


def test_a_new_user_cannot_sign_in_yet(db):
    user = get_or_create_user(phone="138 0013 8000", name=" 王芳 ")
    user.refresh_from_db()
    assert (str(user.phone), user.email, user.name) == ("+8613800138000", None, "王芳")
    assert not user.has_usable_password()


def test_an_existing_user_is_returned_unchanged(db):
    user = UserFactory(phone="+8613800138000", email="fang@example.com", name="王芳")
    assert get_or_create_user(phone="13800138000", name="李娜") == user
    assert get_or_create_user(email=" Fang@Example.com ") == user
    assert get_or_create_user(phone="13800138000", email="fang@example.com") == user
    user.refresh_from_db()
    assert user.name == "王芳"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "identity", [{}, {"phone": "12"}, {"phone": "abc"}, {"email": "nobody"}, {"phone": ""}]
)
def test_no_account_without_an_identity(db, identity):
    with pytest.raises(AccountRefused):
        get_or_create_user(**identity)
    assert User.objects.count() == 0


def test_two_peoples_identities_are_not_mixed(db):
    UserFactory(phone="+8613800138000")
    UserFactory(phone="+8613800138001", email="na@example.com")
    with pytest.raises(AccountRefused):
        get_or_create_user(phone="13800138000", email="na@example.com")


def test_a_shut_account_gets_no_link(db):
    with pytest.raises(AccountRefused):
        set_password_link(user=UserFactory(is_active=False))
