"""The public pages: what a visitor without a script sees and can do."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.distributors.models import Distributor
from apps.joining.models import Application, Attachment
from apps.joining.services import approve_application, ask_for_changes, reject_application
from apps.merchants.models import AgreementAcceptance
from apps.merchants.services import publish_agreement, save_agreement_draft
from tests.factories import DistributorFactory, MerchantFactory, UserFactory
from tests.joining.conftest import ID_NUMBER, PDF, filled, picture

KEY = "3f2c0d58-5a71-4b7e-9e0b-0a5f6f7d8e9a"


def fields(**values):
    return {
        "name": "王芳",
        "phone": "13800138000",
        "is_adult": "on",
        "request_key": KEY,
        **values,
    }


def address(merchant, **query):
    path = reverse("joining:join", args=[merchant.code])
    return f"{path}?invite={query['invite']}" if query else path


def shop_address(distributor):
    return reverse("joining:shop_join", args=[distributor.shop_code])


def names(response):
    return [each.name for each in response.templates]


def test_a_closed_merchant_says_so(client, merchant):
    for path in (address(merchant), shop_address(DistributorFactory())):
        response = client.get(path)
        assert (response.status_code, "joining/closed.html" in names(response)) == (200, True)
        assert client.post(path, fields()).status_code == 200
    assert not Application.objects.exists()


def test_unknown_merchants_and_closed_ones_are_not_found(client, merchant, policy):
    policy("open")
    merchant.is_active = False
    merchant.save()

    assert client.get(address(merchant)).status_code == 404
    assert client.get("/join/nobody/").status_code == 404


def test_joining_at_once_leads_to_a_password_and_into_the_portal(client, merchant, policy):
    policy("open")

    response = client.post(address(merchant), fields(), follow=True)

    person = Distributor.objects.get()
    link = response.context["password_link"]
    assert response.redirect_chain == [
        (f"/join/{merchant.code}/{person.application.reference}/", 302)
    ]
    form = client.get(link, follow=True)
    password = {"new_password1": "a-tea-pot-of-1735", "new_password2": "a-tea-pot-of-1735"}
    inside = client.post(form.redirect_chain[-1][0], password, follow=True)
    assert inside.redirect_chain[-1] == ("/me/", 302)
    assert inside.wsgi_request.distributor == person
    # The link of the page opens no second time, now that there is a password.
    again = client.get(response.redirect_chain[0][0])
    assert (again.context["password_link"], again.context["is_mine"]) == ("", True)


def test_a_second_press_is_the_same_application(client, merchant, policy):
    policy("open")

    first, second = (client.post(address(merchant), fields()) for _press in range(2))

    assert first["Location"] == second["Location"]
    assert Application.objects.count() == 1


def test_a_shops_link_joins_under_its_owner(client, merchant, policy):
    policy("invitation")
    inviter = DistributorFactory(name="李强")
    response = client.get(shop_address(inviter))
    assert "李强" in response.content.decode()
    assert "invite_code" not in response.context["form"].fields

    client.post(shop_address(inviter), fields())

    assert Distributor.objects.get(phone="+8613800138000").parent == inviter


@pytest.mark.parametrize("how", ["typed", "link"])
def test_an_invite_code_joins_under_its_owner(client, merchant, policy, how):
    policy("invitation")
    inviter = DistributorFactory()
    code = inviter.shop_code.upper()

    if how == "typed":
        client.post(address(merchant), fields(invite_code=f" {code} "))
    else:
        client.post(address(merchant, invite=code), fields())

    assert Distributor.objects.get(phone="+8613800138000").parent == inviter


@pytest.mark.parametrize(("way", "leads_on"), [("invitation", False), ("application", True)])
@pytest.mark.parametrize("status", ["suspended", "terminated"])
def test_an_inviter_who_sells_no_more(client, merchant, policy, status, way, leads_on):
    policy(way)
    inviter = DistributorFactory(name="李强", status=status)

    for answer in (
        client.get(shop_address(inviter)),
        client.post(shop_address(inviter), fields()),
        client.get(address(merchant, invite=inviter.shop_code)),
    ):
        html = answer.content.decode()
        assert "joining/refused.html" in names(answer)
        assert "李强 cannot invite anybody at the moment" in html
        assert (f'href="{address(merchant)}"' in html) is leads_on
    assert not Application.objects.exists()


class TestGuessing:
    @pytest.fixture
    def foreign(self, db):
        with scope(merchant=MerchantFactory()):
            return DistributorFactory().shop_code

    def test_unknown_and_foreign_codes_get_one_answer(self, client, merchant, policy, foreign):
        policy("invitation")

        typed = [
            client.post(address(merchant), fields(invite_code=code)).context["form"].errors
            for code in ("nobody2345", foreign)
        ]
        linked = [
            client.get(address(merchant, invite=code)).context["problem"]
            for code in ("nobody2345", foreign)
        ]

        assert typed[0] == typed[1]
        assert list(typed[0]) == ["invite_code"]
        assert len(set(linked)) == 1
        assert "not known here" in linked[0]
        assert not Application.objects.exists()

    def test_after_ten_wrong_codes_a_right_one_is_not_taken_either(self, client, merchant, policy):
        policy("invitation")
        inviter = DistributorFactory()
        for number in range(10):
            path = address(merchant) if number % 2 else address(merchant, invite=f"wrong{number}")
            values = fields(invite_code=f"wrong{number}")
            answer = client.post(path, values) if number % 2 else client.get(path)
            assert answer.status_code == 200

        answers = [
            client.post(address(merchant), fields(invite_code=inviter.shop_code)),
            client.get(address(merchant, invite=inviter.shop_code)),
            client.get(shop_address(inviter)),
            client.get("/s/nobody2345/join/"),
        ]

        assert [each.status_code for each in answers] == [429] * 4
        assert not Application.objects.exists()
        # Somebody at another address is not kept out.
        other = client.get(shop_address(inviter), REMOTE_ADDR="198.51.100.9")
        assert other.status_code == 200

    def test_right_codes_are_not_counted(self, client, merchant, policy):
        policy("invitation")
        inviter = DistributorFactory()

        answers = {client.get(shop_address(inviter)).status_code for _visit in range(12)}

        assert answers == {200}

    def test_forms_are_counted(self, client, merchant, policy):
        policy()
        client.post(address(merchant), fields())
        client.session.flush()
        answers = [
            client.post(address(merchant), fields(request_key=str(i) * 8 + KEY[8:])).status_code
            for i in [1] * 30
        ]

        assert 429 in answers
        assert Application.objects.count() == 1


class TestForm:
    def test_only_what_is_asked_is_there(self, client, merchant, policy):
        policy(ask_ability="required", ask_id_number="optional")

        form = client.get(address(merchant)).context["form"]

        assert list(form.fields) == [
            "name",
            "phone",
            "invite_code",
            "ability",
            "id_number",
            "is_adult",
            "request_key",
        ]
        assert (form.fields["ability"].required, form.fields["id_number"].required) == (True, False)

    def test_a_refusal_keeps_what_was_typed(self, client, merchant, policy):
        policy(ask_ability="required", ask_id_number="optional")
        values = fields(ability="Much", id_number="123")

        response = client.post(address(merchant), values)

        assert response.status_code == 200
        assert "17 digits" in response.context["form"].non_field_errors()[0]
        assert "Much" in response.content.decode()
        assert not Application.objects.exists()

    def test_a_child_or_nobody_confirmed(self, client, merchant, policy):
        policy("open", ask_birth_date="required")
        today = timezone.localdate()
        born = today.replace(year=today.year - 18) + timedelta(days=1)

        unconfirmed = client.post(address(merchant), {**fields(birth_date=born), "is_adult": ""})
        child = client.post(address(merchant), fields(birth_date=born.isoformat()))

        assert "is_adult" in unconfirmed.context["form"].errors
        assert "18 or older" in child.context["form"].non_field_errors()[0]
        assert not Distributor.objects.exists()

    def test_files_are_kept_and_open_to_staff_only(self, client, merchant, policy):
        policy(ask_attachments="required")
        files = [
            SimpleUploadedFile("a.png", picture(), "image/png"),
            SimpleUploadedFile("b.pdf", PDF, "application/pdf"),
        ]

        client.post(address(merchant), fields(files=files))

        kept = Attachment.objects.order_by("pk")
        assert [(each.kind, each.name) for each in kept] == [("image", "a.png"), ("pdf", "b.pdf")]
        for each in kept:
            assert client.get(f"/media/{each.file.name}").status_code == 404
            assert client.get(reverse("console:attachment", args=[each.pk])).status_code == 302

    def test_what_is_not_a_picture(self, client, merchant, policy):
        policy(ask_attachments="required")
        page = SimpleUploadedFile("a.png", b"<script>alert(1)</script>", "image/png")

        response = client.post(address(merchant), fields(files=[page]))

        assert "a.png" in response.context["form"].non_field_errors()[0]
        assert not Application.objects.exists()

    def test_the_agreement_is_shown_and_accepted(self, client, merchant, policy):
        policy("open")
        draft = save_agreement_draft(merchant=merchant, title="分销协议", text="第一条 <b>")
        agreement = publish_agreement(agreement=draft, actor=None)
        assert "第一条 &lt;b&gt;" in client.get(address(merchant)).content.decode()

        without = client.post(address(merchant), fields(agreement=agreement.pk))
        assert "agreed" in without.context["form"].errors
        client.post(
            address(merchant),
            fields(agreement=agreement.pk, agreed="on"),
            headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"},
        )

        kept = AgreementAcceptance.objects.get()
        assert (kept.agreement, kept.device) == (agreement, "WeChat, Android")
        assert len(kept.address_hash) == 64

    def test_a_version_published_meanwhile_is_read_first(self, client, merchant, policy):
        policy("open")
        draft = save_agreement_draft(merchant=merchant, title="分销协议", text="一")
        first = publish_agreement(agreement=draft, actor=None)
        draft = save_agreement_draft(merchant=merchant, title="分销协议", text="二")
        publish_agreement(agreement=draft, actor=None)

        answer = client.post(address(merchant), fields(agreement=first.pk, agreed="on"))

        assert "newer version" in answer.context["form"].non_field_errors()[0]
        assert not Distributor.objects.exists()


class TestSignedIn:
    def test_the_number_is_ones_own(self, client, merchant, policy):
        policy("open")
        user = UserFactory(phone="+8613800138000", name="王芳")
        client.force_login(user)
        form = client.get(address(merchant)).context["form"]
        assert (form["phone"].value(), form["name"].value()) == ("+8613800138000", "王芳")

        client.post(address(merchant), fields(phone="13900000001"))
        assert not Distributor.objects.exists()
        client.post(address(merchant), fields())

        assert Distributor.objects.get().user == user

    def test_a_number_with_an_account_is_asked_to_sign_in(self, client, merchant, policy):
        policy("open")
        UserFactory(phone="+8613800138000")

        answer = client.post(address(merchant), fields())

        assert "Sign in with it first" in answer.context["form"].non_field_errors()[0]
        assert not Distributor.objects.exists()

    def test_a_distributor_here_is_shown_the_way(self, client, merchant, policy):
        policy("open")
        client.force_login(DistributorFactory(user=UserFactory()).user)

        assert "joining/member.html" in names(client.get(address(merchant)))


class TestFollowing:
    @pytest.fixture
    def application(self, policy, apply):
        policy(ask_ability="optional", ask_id_number="optional")
        return apply(form=filled(answers={"ability": "little"}, id_number=ID_NUMBER))

    @pytest.fixture
    def path(self, application):
        return reverse("joining:state", args=[application.merchant.code, application.reference])

    def test_it_is_looked_at(self, client, path):
        html = client.get(path).content.decode()

        assert "The merchant looks at it" in html
        assert "138****8000" in html
        assert ID_NUMBER not in html

    def test_the_reason_is_read(self, client, application, path, reviewer):
        reject_application(
            submission=application.submissions.get(), reason="资料不符", actor=reviewer
        )

        html = client.get(path).content.decode()

        assert "资料不符" in html
        assert reviewer.name not in html

    def test_changes_are_sent_again(self, client, application, path, reviewer):
        ask_for_changes(
            submission=application.submissions.get(), reason="Tell more", actor=reviewer
        )
        form = client.get(f"{path}change/")
        html = form.content.decode()
        assert "Tell more" in html
        assert "little" in html
        assert ID_NUMBER not in html

        values = {"name": "王芳", "ability": "much", "is_adult": "on", "request_key": KEY}
        answer = client.post(f"{path}change/", values)

        assert answer["Location"] == path
        application.refresh_from_db()
        assert (application.status, application.submissions.count()) == ("submitted", 2)
        latest = application.submissions.get(number=2)
        assert (latest.answers, latest.id_number) == ({"ability": "much"}, ID_NUMBER)

    def test_only_then(self, client, application, path):
        answer = client.post(f"{path}change/", {"name": "x", "is_adult": "on", "request_key": KEY})

        assert answer["Location"] == path
        assert application.submissions.count() == 1

    def test_giving_up(self, client, application, path):
        client.post(f"{path}withdraw/")

        application.refresh_from_db()
        assert application.status == "withdrawn"

    def test_approved_by_the_reviewer(self, client, application, path, reviewer):
        approve_application(submission=application.submissions.get(), upline=None, actor=reviewer)

        link = client.get(path).context["password_link"]

        user = User.objects.get(phone="+8613800138000")
        assert client.get(link, follow=True).context["form"].user == user

    def test_somebody_with_a_password_signs_in(self, client, application, path, reviewer):
        approve_application(submission=application.submissions.get(), upline=None, actor=reviewer)
        user = User.objects.get(phone="+8613800138000")
        user.set_password("of-their-own-1735")
        user.save()

        assert client.get(path).context["password_link"] == ""

    def test_the_reference_opens_it_at_its_merchant_only(self, client, application):
        other = MerchantFactory()
        for path in (
            reverse("joining:state", args=[other.code, application.reference]),
            reverse("joining:state", args=[application.merchant.code, "nobody"]),
        ):
            assert client.get(path).status_code == 404
            assert client.post(f"{path}withdraw/").status_code == 404
        application.refresh_from_db()
        assert application.status == "submitted"

    def test_the_way_back_in_this_browser(self, client, merchant, policy):
        policy()
        sent = client.post(address(merchant), fields())

        assert client.get(address(merchant))["Location"] == sent["Location"]

    def test_pages_are_never_kept_by_a_cache(self, client, path):
        assert "no-store" in client.get(path)["Cache-Control"]
