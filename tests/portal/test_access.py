"""Everybody sees their own pages, and nothing of anybody else's."""

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.distributors.services.bans import ban_distributor, lift_ban
from tests.factories import DistributorFactory, MerchantFactory, UserFactory

PAGES = [
    "home", "products", "orders", "team", "share", "earnings", "withdraw", "withdrawals",
    "violations", "account", "payout_account",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_a_distributor_who_has_nothing_yet(client, name):
    assert client.get(reverse(f"portal:{name}")).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_nobody_signed_in_is_sent_to_sign_in(client, name):
    client.logout()
    address = reverse(f"portal:{name}")

    response = client.get(address)

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("name", PAGES)
def test_a_person_who_is_no_distributor_is_told_so(client, merchant, name):
    client.force_login(UserFactory(name="Somebody"))

    response = client.get(reverse(f"portal:{name}"))

    assert response.status_code == 403
    assert "portal/no_distributor.html" in [each.name for each in response.templates]


def test_pages_are_never_kept_by_a_cache(client):
    assert "no-store" in client.get(reverse("portal:home")).headers["Cache-Control"]


def test_a_banned_person_is_told_so_and_sees_nothing(client, distributor):
    ban = ban_distributor(distributor=distributor, reason="why", actor=None)
    for name in PAGES:
        response = client.get(reverse(f"portal:{name}"))
        assert response.status_code == 403
        assert "The merchant has ended your access" in response.content.decode()

    lift_ban(ban=ban, reason="mistaken", actor=None)

    assert client.get(reverse("portal:home")).status_code == 200


def test_a_ban_at_one_merchant_leaves_the_others_open(client, distributor):
    other = MerchantFactory(code="zzz", name="Elsewhere")
    with scope(merchant=other):
        elsewhere = DistributorFactory(user=distributor.user)
    ban_distributor(distributor=distributor, reason="why", actor=None)

    response = client.get(reverse("portal:home"))

    assert response.wsgi_request.distributor == elsewhere
    answer = client.post(reverse("portal:switch"), {"distributor": distributor.pk})
    assert answer.status_code == 404


def test_a_closed_merchant_has_no_pages(client, merchant):
    merchant.is_active = False
    merchant.save()

    assert client.get(reverse("portal:home")).status_code == 403


class TestSeveralMerchants:
    @pytest.fixture
    def elsewhere(self, distributor):
        other = MerchantFactory(code="zzz", name="Elsewhere")
        with scope(merchant=other):
            return DistributorFactory(user=distributor.user)

    def test_the_first_by_code_is_shown(self, client, distributor, elsewhere):
        response = client.get(reverse("portal:home"))

        assert response.wsgi_request.distributor == distributor

    def test_switching_shows_the_other(self, client, elsewhere):
        response = client.post(reverse("portal:switch"), {"distributor": elsewhere.pk}, follow=True)

        assert response.redirect_chain == [("/me/", 302)]
        assert response.wsgi_request.distributor == elsewhere
        assert response.wsgi_request.merchant.name == "Elsewhere"

    def test_nobody_switches_to_somebody_else(self, client, distributor):
        stranger = DistributorFactory(user=UserFactory())

        response = client.post(reverse("portal:switch"), {"distributor": stranger.pk})

        assert response.status_code == 404
        assert client.get(reverse("portal:home")).wsgi_request.distributor == distributor

    def test_switching_is_a_post(self, client):
        assert client.get(reverse("portal:switch")).status_code == 405
