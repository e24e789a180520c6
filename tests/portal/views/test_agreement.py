"""A new version of the agreement is asked for before a distributor goes on."""

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.merchants.models import AgreementAcceptance
from apps.merchants.services import publish_agreement, save_agreement_draft
from apps.payouts.models import PayoutAccount
from tests.factories import DistributorFactory, MerchantFactory

AGREEMENT = "/me/agreement/"


@pytest.fixture
def publish(merchant):
    def publish(text="第一条"):
        draft = save_agreement_draft(merchant=merchant, title="分销协议", text=text)
        return publish_agreement(agreement=draft, actor=None)

    return publish


def agree(client, agreement, address=AGREEMENT, **headers):
    values = {"agreed": "on", "agreement": agreement.pk}
    return client.post(address, values, headers=headers or None)


@pytest.mark.parametrize(
    "name", ["home", "products", "orders", "team", "share", "earnings", "account", "invite"]
)
def test_pages_ask_first_and_then_go_on(client, publish, name):
    agreement = publish()
    wanted = reverse(f"portal:{name}") + "?show=pending"

    asked = client.get(wanted)
    page = client.get(asked["Location"])
    assert page.context["form"] is not None
    assert "第一条" in page.content.decode()

    assert agree(client, agreement, asked["Location"])["Location"] == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("name", ["withdraw", "withdrawals", "payout_account", "violations"])
def test_what_was_earned_can_be_taken_out_and_what_is_held_against_one_read_unasked(
    client, publish, name
):
    publish()

    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_a_payout_account_is_saved_unasked(client, distributor, publish):
    publish()
    values = {
        "method": "alipay", "holder_name": "陈静", "bank_name": "", "number": "13800000001",
    }  # fmt: skip

    client.post(reverse("portal:payout_account"), values)

    assert PayoutAccount.objects.get().distributor == distributor


def test_which_version_when_and_from_where(client, distributor, publish):
    agreement = publish()

    agree(client, agreement, **{"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"})

    kept = AgreementAcceptance.objects.get()
    assert (kept.agreement, kept.user, kept.device) == (
        agreement,
        distributor.user,
        "WeChat, iPhone",
    )
    assert len(kept.address_hash) == 64
    page = client.get(AGREEMENT)
    assert (page.context["form"], page.context["accepted"]) == (None, [kept])


def test_without_the_tick_nothing_is_kept(client, publish):
    agreement = publish()

    answer = client.post(AGREEMENT, {"agreement": agreement.pk})

    assert "agreed" in answer.context["form"].errors
    assert not AgreementAcceptance.objects.exists()


def test_a_version_published_while_reading(client, publish):
    first = publish()
    second = publish("第二条")

    answer = agree(client, first)

    assert "newer version" in answer.context["form"].non_field_errors()[0]
    assert answer.context["agreement"] == second
    assert not AgreementAcceptance.objects.exists()


def test_a_new_version_asks_again(client, publish):
    agree(client, publish())
    assert client.get("/me/").status_code == 200

    publish("第二条")

    page = client.get(client.get("/me/")["Location"])
    assert page.context["is_new_version"] is True


def test_nobody_is_sent_to_another_site(client, publish):
    agreement = publish()

    answer = agree(client, agreement, f"{AGREEMENT}?next=https://elsewhere.example.com/")

    assert answer["Location"] == "/me/"


def test_the_agreement_of_another_merchant_is_not_asked_here(client, distributor):
    other = MerchantFactory(code="zzz")
    with scope(merchant=other):
        DistributorFactory(user=distributor.user)
        draft = save_agreement_draft(merchant=other, title="x", text="y")
        published = publish_agreement(agreement=draft, actor=None)

    assert client.get("/me/").status_code == 200
    assert client.get(AGREEMENT).context["agreement"] is None
    assert agree(client, published).status_code == 200
    with scope(merchant=other):
        assert not AgreementAcceptance.objects.exists()


def test_my_invitation(client, distributor):
    page = client.get(reverse("portal:invite"))

    link = f"http://testserver/s/{distributor.shop_code}/join/"
    assert page.context["link"] == link
    assert distributor.shop_code in page.content.decode()
    code = client.get(reverse("portal:invite_qr", args=["png"]) + "?download")
    assert code["Content-Disposition"] == (
        f'attachment; filename="invite-{distributor.shop_code}.png"'
    )
    assert client.get(reverse("portal:invite_qr", args=["gif"])).status_code == 404
