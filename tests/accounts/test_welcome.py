"""Setting the first password by a one-time link."""

import pytest
from django.urls import reverse

from apps.accounts.services import get_or_create_user, set_password_link

NEW_PASSWORD = {"new_password1": "pu-erh-and-silver", "new_password2": "pu-erh-and-silver"}


@pytest.fixture
def user(db):
    return get_or_create_user(phone="13800138000", name="王芳")


def follow(client, link):
    """The page behind the link; the token is in the session by then, not in the address."""
    return client.get(link, follow=True)


def test_the_link_sets_a_password_and_signs_in(client, user):
    link = set_password_link(user=user)
    page = follow(client, link)
    assert page.status_code == 200
    assert "王芳" in page.content.decode()
    address = page.redirect_chain[0][0]
    assert link.rstrip("/").rsplit("/", 1)[1] not in address
    answer = client.post(address, NEW_PASSWORD)
    assert (answer.status_code, answer.url) == (302, reverse("home"))
    # Not only in the session: the next page knows them too.
    assert client.get(reverse("account_change_password")).wsgi_request.user == user
    user.refresh_from_db()
    assert user.check_password("pu-erh-and-silver")


def test_the_link_works_once(client, user):
    link = set_password_link(user=user)
    client.post(follow(client, link).redirect_chain[0][0], NEW_PASSWORD)
    client.logout()
    page = follow(client, link)
    assert page.redirect_chain == []
    assert page.context["validlink"] is False
    assert "new_password1" not in page.content.decode()


def test_a_weak_password_is_refused(client, user):
    address = follow(client, set_password_link(user=user)).redirect_chain[0][0]
    answer = client.post(address, {"new_password1": "12345678", "new_password2": "12345678"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["new_password2"]
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_another_persons_link_or_a_shut_account_opens_nothing(client, user):
    other = get_or_create_user(phone="13800138001")
    mine, theirs = set_password_link(user=user), set_password_link(user=other)
    mixed = mine.rsplit("/", 2)[0] + "/" + theirs.rsplit("/", 2)[1] + "/"
    assert follow(client, mixed).context["validlink"] is False
    user.is_active = False
    user.save()
    assert follow(client, mine).context["validlink"] is False
