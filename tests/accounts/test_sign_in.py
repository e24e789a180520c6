"""Signing in on the real page: by phone or e-mail, with limits that count people, not spellings."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User

PASSWORD = "correct-horse-battery"
URL = reverse("account_login")


@pytest.fixture
def person(db) -> User:
    """Somebody known by phone and by e-mail."""
    return User.objects.create_user(
        phone="+8613800138000", email="li.na@example.com", name="李娜", password=PASSWORD
    )


def sign_in(client: Client, login: str, password: str = PASSWORD, **headers):
    """Posts the sign-in form."""
    return client.post(URL, {"login": login, "password": password}, **headers)


@pytest.mark.parametrize(
    "login",
    [
        "13800138000",
        "+8613800138000",
        "138 0013 8000",
        "138-0013-8000",
        " 13800138000 ",
        "+86 138 0013 8000",
        "li.na@example.com",
        "LI.NA@example.com",
    ],
)
def test_every_usual_spelling_signs_in(client, person, login):
    response = sign_in(client, login)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("login", ["13800138001", "nobody@example.com", "nobody", "138", "' or 1"])
def test_a_stranger_is_told_nothing_about_who_has_an_account(client, person, login):
    known = sign_in(client, "13800138000", "wrong")
    unknown = sign_in(client, login, "wrong")

    assert (known.status_code, unknown.status_code) == (200, 200)
    assert known.context["form"].errors == unknown.context["form"].errors
    assert "_auth_user_id" not in client.session


def test_an_inactive_person_does_not_get_in(client, person):
    person.is_active = False
    person.save()

    response = sign_in(client, "13800138000")

    assert response["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_close_the_account_to_every_spelling(client, person):
    for login in ["13800138000", "+8613800138000", "138 0013 8000", "138-0013-8000", "13800138000"]:
        sign_in(client, login, "wrong")

    response = sign_in(client, "+86 13800138000", PASSWORD)

    assert "_auth_user_id" not in client.session
    assert response.context["form"].non_field_errors().data[0].code == "too_many_login_attempts"


def test_wrong_passwords_of_one_phone_leave_other_phones_alone(client, person):
    for _ in range(5):
        sign_in(client, "13900139000", "wrong")

    assert sign_in(client, "13800138000").status_code == 302


def test_ten_failures_from_one_address_lock_it_out_for_a_while(client, person, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0800")
    for _ in range(2):
        for _ in range(5):
            response = sign_in(client, "13800138000", "wrong")
        time_machine.shift(301)

    assert response.status_code == 429
    assert sign_in(client, "13800138000").status_code == 429
    assert sign_in(client, "13800138000", REMOTE_ADDR="10.0.0.9").status_code == 302

    time_machine.shift(15 * 60)
    assert sign_in(client, "13800138000").status_code == 302


def test_many_requests_from_one_address_are_refused(client, db):
    for number in range(30):
        sign_in(client, f"1390013{number:04d}", "wrong")

    assert sign_in(client, "13800138000").status_code == 429


def test_the_front_door_sends_everybody_home(client, person):
    assert client.get("/")["Location"] == URL

    client.force_login(person)
    assert client.get("/")["Location"] == reverse("portal:home")

    client.force_login(User.objects.create_superuser(email="owner@example.com", password=PASSWORD))
    assert client.get("/")["Location"] == reverse("admin:index")


def test_somebody_who_has_no_phone_signs_in_by_email(client, db):
    User.objects.create_superuser(email="knows_no_phone@example.com", password=PASSWORD)

    assert sign_in(client, "knows_no_phone@example.com")["Location"] == reverse("home")
    assert "_auth_user_id" in client.session


def test_nobody_signs_up(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_password_change_needs_the_old_one_and_signs_out(client, person):
    client.force_login(person)
    url = reverse("account_change_password")
    new = {"password1": "tea-from-the-mountain", "password2": "tea-from-the-mountain"}

    refused = client.post(url, {"oldpassword": "wrong", **new})
    assert list(refused.context["form"].errors) == ["oldpassword"]

    accepted = client.post(url, {"oldpassword": PASSWORD, **new})
    person.refresh_from_db()
    assert (accepted.status_code, person.check_password("tea-from-the-mountain")) == (302, True)


def test_sign_out_is_a_post(client, person):
    client.force_login(person)

    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session
