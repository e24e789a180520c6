"""The operator's side of joining: policy, applications, agreements, duplicates."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.distributors.models import Distributor, DuplicateFlag
from apps.joining.models import Application, IdentityReveal, JoiningPolicy, Review
from apps.joining.services import save_policy
from apps.merchants.models import Agreement, AgreementAcceptance
from apps.merchants.services import publish_agreement, save_agreement_draft
from tests.console.world import apply_at, make_kit
from tests.factories import DistributorFactory, ProductFactory

ID_NUMBER = "11010519491231002X"


def take(client, name, pk, **values):
    return client.post(reverse(f"console:{name}", args=[pk]), values)


def story(client, kit):
    return client.get(reverse("console:application", args=[kit.ids["application"]]))


def refusals(answer) -> list[str]:
    return answer.context["form"].non_field_errors()


class TestApplications:
    def test_the_page_shows_everything_but_the_id_number(self, client, kit):
        answer = story(client, kit)

        html = answer.content.decode()
        assert [(name, text) for name, _label, text in answer.context["answers"]] == [
            ("ability", "Much")
        ]
        assert "proof.pdf" in html
        assert "**************002X" in html
        assert ID_NUMBER not in html
        assert (answer.context["can_decide"], answer.context["can_reveal"]) == (True, True)

    def test_approving_registers_under_the_inviter_with_scores(self, client, kit):
        step = client.get(reverse("console:approve_application", args=[kit.ids["application"]]))
        assert step.context["form"]["upline"].value() == kit.distributor.code

        answer = take(
            client,
            "approve_application",
            kit.ids["application"],
            submission=kit.ids["submission"],
            upline=kit.distributor.code,
            score_ability="4",
            reason="Welcome",
        )

        person = Application.objects.get(pk=kit.ids["application"]).distributor
        assert answer["Location"] == reverse("console:distributor", args=[person.pk])
        assert person.parent == kit.distributor
        review = Review.objects.get()
        assert (review.scores, review.reason) == ({"ability": 4}, "Welcome")
        assert review.reviewer == kit.people["owner"]

    def test_an_unknown_upline_and_one_of_another_merchant(self, client, kit):
        with scope(merchant=make_kit("theirs").merchant):
            stranger = DistributorFactory(code="THEIRS")
        for code in ("nobody", stranger.code):
            answer = take(
                client,
                "approve_application",
                kit.ids["application"],
                submission=kit.ids["submission"],
                upline=code,
            )
            assert answer.context["form"].errors["upline"] == [
                "There is no distributor of this code."
            ]
        assert not Review.objects.exists()

    @pytest.mark.parametrize(
        ("step", "status"), [("reject_application", "rejected"), ("ask_for_changes", "changes")]
    )
    def test_the_other_decisions_need_a_reason(self, client, kit, step, status):
        pk = kit.ids["application"]
        without = take(client, step, pk, submission=kit.ids["submission"], reason="")
        assert "reason" in without.context["form"].errors

        take(client, step, pk, submission=kit.ids["submission"], reason="Too little")

        assert Application.objects.get(pk=pk).status == status
        assert "Too little" in story(client, kit).content.decode()

    def test_a_decision_about_somebody_elses_form(self, client, kit):
        other = apply_at(kit, "other", phone="13555559999").submissions.get()

        answer = take(
            client, "reject_application", kit.ids["application"], submission=other.pk, reason="x"
        )

        assert answer.status_code == 404
        assert set(Application.objects.values_list("status", flat=True)) == {"submitted"}

    def test_a_duplicate_is_named_with_a_link(self, client, kit):
        other = apply_at(kit, "other", phone="13555559999")

        html = client.get(reverse("console:application", args=[other.pk])).content.decode()

        assert "the same ID number" in html
        assert reverse("console:application", args=[kit.ids["application"]]) in html

    def test_an_attachment_is_saved_and_never_sniffed(self, client, kit):
        answer = client.get(reverse("console:attachment", args=[kit.ids["attachment"]]))

        assert answer.content == b"%PDF-1.7 %%EOF"
        assert answer["Content-Disposition"] == 'attachment; filename="proof.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]

    def test_looking_at_the_id_number_is_noted(self, client, kit):
        pk = kit.ids["submission"]
        assert "reason" in take(client, "reveal_identity", pk).context["form"].errors
        assert not IdentityReveal.objects.exists()

        answer = take(client, "reveal_identity", pk, reason="Tax return")

        assert ID_NUMBER in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert IdentityReveal.objects.get().revealed_by == kit.people["owner"]
        history = story(client, kit).content.decode()
        assert "Tax return" in history
        assert ID_NUMBER not in history

    def test_the_list_is_filtered_and_searched(self, client, kit):
        apply_at(kit, "other", phone="13555559999")
        address = reverse("admin:joining_application_changelist")

        def found(query):
            return client.get(f"{address}?{query}").context["cl"].result_count

        assert found("") == 2
        assert found("status__exact=submitted") == 2
        assert found("status__exact=rejected") == 0
        assert found("is_flagged__exact=1") == 1
        assert found("q=13555559999") == 1


class TestPolicy:
    def values(self, **changed):
        asks = {
            f"ask_{name}": "no"
            for name in (
                "ability", "experience", "network", "reputation", "commitment", "attachments",
                "birth_date", "real_name", "id_number",
            )
        }  # fmt: skip
        return {"way": "open", "purchase": "any", "product_codes": "", **asks, **changed}

    def save(self, client, **changed):
        return client.post(reverse("console:joining_policy"), self.values(**changed))

    def test_it_is_saved(self, client, kit):
        product = ProductFactory(code="TEA-1")

        answer = self.save(
            client,
            way="purchase",
            purchase="goods",
            product_codes="TEA-1\r\n\r\n TEA-1 ",
            purchase_amount="99.50",
            ask_network="required",
            reviews_all="on",
        )

        policy = JoiningPolicy.objects.get()
        assert answer["Location"] == reverse("console:joining_policy")
        assert (policy.way, policy.reviews_all, policy.ask_network) == (
            "purchase",
            True,
            "required",
        )
        assert policy.purchase_amount == Decimal("99.50")
        assert list(policy.purchase_products.all()) == [product]
        form = client.get(reverse("console:joining_policy")).context["form"]
        assert form["product_codes"].value() == "TEA-1"

    def test_a_refusal_is_shown_and_changes_nothing(self, client, kit):
        answer = self.save(client, way="purchase", purchase="amount")

        assert refusals(answer) == ["Enter the amount that lets somebody join."]
        assert answer.context["policy"].way == "application"
        assert JoiningPolicy.objects.get().way == "application"

    def test_goods_of_another_merchant_are_unknown(self, client, kit):
        with scope(merchant=make_kit("theirs").merchant):
            foreign = ProductFactory(code="THEIRS")

        answer = self.save(client, way="purchase", purchase="goods", product_codes=foreign.code)

        assert "product_codes" in answer.context["form"].errors
        assert JoiningPolicy.objects.get().way == "application"

    def test_who_may_only_look_changes_nothing(self, client, kit):
        client.force_login(kit.people["viewer"])

        answer = self.save(client, way="open")

        assert (answer.status_code, answer.context["can_change"]) == (200, False)
        assert JoiningPolicy.objects.get().way == "application"

    def test_there_is_nothing_to_charge_and_the_page_says_why(self, client, kit):
        page = client.get(reverse("console:joining_policy"))

        assert "《禁止传销条例》第七条" in page.content.decode()


class TestAgreements:
    def test_a_new_draft_starts_from_the_version_in_force(self, client, kit):
        Agreement.objects.filter(pk=kit.ids["agreement"]).delete()
        add = reverse("admin:merchants_agreement_add")
        assert client.get(add).context["adminform"].form["text"].value() == "First"

        client.post(add, {"title": "Agreement", "text": "Third"})

        assert Agreement.objects.get(published_at=None).text == "Third"

    def test_the_draft_is_edited_and_published(self, client, kit):
        change = reverse("admin:merchants_agreement_change", args=[kit.ids["agreement"]])
        client.post(change, {"title": "Agreement", "text": "Newer"})

        take(client, "publish_agreement", kit.ids["agreement"])

        newest = Agreement.objects.order_by("-number").first()
        assert (newest.number, newest.text) == (2, "Newer")
        assert newest.published_by == kit.people["owner"]

    def test_what_is_published_is_only_read(self, client, kit):
        change = reverse("admin:merchants_agreement_change", args=[kit.ids["published_agreement"]])
        assert client.get(change).status_code == 200

        answer = client.post(change, {"title": "Agreement", "text": "Rewritten"})

        assert answer.status_code == 403
        assert Agreement.objects.get(number=1).text == "First"
        assert refusals(take(client, "publish_agreement", kit.ids["published_agreement"])) == [
            "This version has been published already."
        ]

    def test_who_accepted_which_version(self, client, kit):
        address = reverse("admin:merchants_agreementacceptance_changelist")
        query = f"agreement__id__exact={kit.ids['published_agreement']}"

        html = client.get(f"{address}?{query}").content.decode()

        accepted = AgreementAcceptance.objects.get()
        assert "WeChat, iPhone" in html
        assert accepted.address_mark in html
        assert "203.0.113.7" not in html

    def test_nothing_of_another_merchant(self, client, kit):
        theirs = make_kit("theirs")
        for name, row in [
            ("publish_agreement", "agreement"),
            ("clear_duplicate", "duplicateflag"),
            ("approve_application", "application"),
            ("reveal_identity", "submission"),
        ]:
            assert take(client, name, theirs.ids[row], reason="x").status_code == 404
        with scope(merchant=theirs.merchant):
            assert Agreement.objects.filter(published_at=None).count() == 1
            assert DuplicateFlag.objects.get().cleared_at is None
            assert not IdentityReveal.objects.exists()
            assert Distributor.objects.filter(application__isnull=False).count() == 0


class TestDuplicates:
    def test_cleared_with_a_reason(self, client, kit):
        pk = kit.ids["duplicateflag"]
        assert "reason" in take(client, "clear_duplicate", pk, reason="").context["form"].errors

        take(client, "clear_duplicate", pk, reason="Husband and wife")

        flag = DuplicateFlag.objects.get(pk=pk)
        assert (flag.reason, flag.cleared_by) == ("Husband and wife", kit.people["owner"])
        address = reverse("admin:distributors_duplicateflag_changelist")
        assert client.get(f"{address}?open=1").context["cl"].result_count == 0
        assert client.get(f"{address}?open=0").context["cl"].result_count == 1

    def test_home_says_what_waits(self, client, kit):
        to_do = client.get("/console/").context["to_do"]

        assert (to_do.applications, to_do.duplicates) == (1, 1)


def test_a_merchants_first_policy(client, kit):
    JoiningPolicy.objects.all().delete()

    answer = client.get(reverse("console:joining_policy"))

    assert answer.context["policy"].way == "closed"
    assert save_policy(merchant=kit.merchant, way="open").is_open


def test_publishing_asks_the_distributor_again(client, kit):
    client.force_login(kit.people["distributor"])
    assert client.get("/me/").status_code == 200
    draft = save_agreement_draft(merchant=kit.merchant, title="Agreement", text="Other")

    publish_agreement(agreement=draft, actor=kit.people["owner"])

    assert client.get("/me/")["Location"] == "/me/agreement/?next=%2Fme%2F"
