"""Who gets in, by which way, and what is refused; a refusal leaves nothing behind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.core.attachments import Upload
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DistributorEvent
from apps.distributors.services.binding import bind_by_hand
from apps.distributors.services.binding_policy import set_binding_policy
from apps.distributors.services.standing import suspend_distributor, terminate_distributor
from apps.joining.models import Application, Attachment, Submission
from apps.joining.services import (
    JoiningRefused,
    ask_for_changes,
    reject_application,
    resubmit_application,
    save_policy,
    withdraw_application,
)
from apps.merchants.models import AgreementAcceptance
from apps.merchants.services import publish_agreement, save_agreement_draft
from apps.orders.services.refunds import record_refund
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    UserFactory,
)
from tests.joining.conftest import BORN, ID_NUMBER, PDF, filled, new_key, picture

PHONE = "+8613800138000"


def nothing_written():
    return (
        Application.objects.count(),
        Submission.objects.count(),
        Distributor.objects.filter(phone=PHONE).count(),
        User.objects.filter(phone=PHONE).count(),
    ) == (0, 0, 0, 0)


def refused(call, word=""):
    with pytest.raises(Refused, match=word):
        call()


def content_of(attachment):
    with attachment.file.open() as file:
        return file.read()


class TestWays:
    def test_without_a_policy_nobody_joins(self, apply):
        refused(apply, "takes nobody")
        assert nothing_written()

    def test_open_to_everybody(self, policy, apply):
        policy("open")

        application = apply("138 0013 8000")

        person = Distributor.objects.get()
        assert (application.status, application.distributor) == ("approved", person)
        assert (person.name, str(person.phone), person.parent) == ("王芳", PHONE, None)
        assert person.code == f"J{application.pk:06d}"
        assert (str(person.user.phone), person.user.has_usable_password()) == (PHONE, False)
        assert person.user.is_phone_vouched is False
        assert DistributorEvent.objects.get().field == "joined"

    def test_open_with_an_inviter_joins_under_them(self, policy, apply):
        policy("open")
        inviter = DistributorFactory()

        assert apply(inviter=inviter).distributor.parent == inviter

    def test_by_application_waits_for_a_review(self, policy, apply):
        policy("application")

        application = apply()

        assert (application.status, application.distributor) == ("submitted", None)
        assert not Distributor.objects.exists()
        assert not User.objects.exists()

    def test_by_invitation_only(self, policy, apply):
        policy("invitation")

        refused(apply, "by invitation only")
        assert nothing_written()
        inviter = DistributorFactory()
        assert apply(inviter=inviter).distributor.parent == inviter

    @pytest.mark.parametrize("end", [suspend_distributor, terminate_distributor])
    def test_an_inviter_who_sells_no_more_is_refused_kindly(self, policy, apply, end):
        policy("invitation")
        inviter = DistributorFactory(name="李强")
        end(distributor=inviter, reason="because", actor=None)

        refused(lambda: apply(inviter=inviter), "李强 cannot invite anybody")
        assert nothing_written()

    def test_an_inviter_of_another_merchant_is_unknown(self, policy, apply):
        policy("open")
        with scope(merchant=MerchantFactory()):
            stranger = DistributorFactory()

        refused(lambda: apply(inviter=stranger), "not known here")
        assert nothing_written()

    def test_invited_and_reviewed(self, policy, apply):
        policy("invitation", reviews_all=True)

        assert apply(inviter=DistributorFactory()).status == "submitted"

    def test_a_policy_of_another_merchant_does_not_count(self, policy, apply):
        other = MerchantFactory()
        with scope(merchant=other):
            save_policy(merchant=other, way="open")

        refused(apply, "takes nobody")


class TestPurchase:
    @pytest.fixture
    def sku(self, merchant):
        return SkuFactory(price=Decimal("100.00"))

    @pytest.fixture
    def buy(self, merchant, sku):
        buyer = CustomerFactory(identifier=PHONE)

        def buy(quantity=1, of=sku, customer=buyer, **order):
            order = OrderFactory(customer=customer, **order)
            return OrderLineFactory(order=order, sku=of, quantity=quantity)

        return buy

    def test_any_purchase_joins_under_who_brought_it(self, policy, apply, buy):
        policy("purchase")
        seller = DistributorFactory()
        line = buy(distributor=seller)

        application = apply(order_no=f" {line.order.order_no} ")

        assert (application.order, application.distributor.parent) == (line.order, seller)

    def test_an_inviter_goes_before_the_seller(self, policy, apply, buy):
        policy("purchase")
        inviter = DistributorFactory()
        line = buy(distributor=DistributorFactory())

        joined = apply(order_no=line.order.order_no, inviter=inviter).distributor

        assert joined.parent == inviter

    def test_a_seller_who_recruits_no_more_is_skipped(self, policy, apply, buy):
        policy("purchase")
        seller = DistributorFactory()
        line = buy(distributor=seller)
        suspend_distributor(distributor=seller, reason="because", actor=None)

        assert apply(order_no=line.order.order_no).distributor.parent is None

    def test_unknown_unpaid_and_foreign_numbers_get_one_answer(self, policy, apply, buy, sku):
        policy("purchase")
        unpaid = buy(pending=True).order.order_no
        other = buy(customer=CustomerFactory()).order.order_no
        with scope(merchant=MerchantFactory()):
            elsewhere = OrderLineFactory(
                order=OrderFactory(customer=CustomerFactory(identifier=PHONE))
            ).order.order_no

        answers = set()
        for number in ("", "nobody", unpaid, other, elsewhere):
            with pytest.raises(JoiningRefused) as refusal:
                apply(order_no=number)
            answers.add(str(refusal.value))

        assert len(answers) == 1
        assert nothing_written()

    def test_refunded_whole_is_not_bought(self, policy, apply, buy):
        policy("purchase")
        line = buy()
        record_refund(order_line=line, amount=Decimal("100.00"))

        refused(lambda: apply(order_no=line.order.order_no), "not enough")
        assert nothing_written()

    def test_the_amount_is_net_of_refunds_over_all_orders(self, policy, apply, buy):
        policy("purchase", purchase="amount", purchase_amount=Decimal("250.00"))
        first, second = buy(2), buy(1)
        record_refund(order_line=second, amount=Decimal("50.01"))
        refused(lambda: apply(order_no=first.order.order_no), "not enough")

        buy(1, of=SkuFactory(price=Decimal("0.01")))

        assert apply(order_no=first.order.order_no).distributor is not None

    def test_orders_not_paid_do_not_count(self, policy, apply, buy):
        policy("purchase", purchase="amount", purchase_amount=Decimal("200.00"))
        line = buy(1)
        buy(1, pending=True)

        refused(lambda: apply(order_no=line.order.order_no), "not enough")

    def test_chosen_goods(self, policy, apply, buy, sku):
        wanted = SkuFactory(price=Decimal("5.00"))
        policy("purchase", purchase="goods", purchase_products=[wanted.product])
        line = buy(9)
        refused(lambda: apply(order_no=line.order.order_no), "not enough")
        bought = buy(1, of=wanted)
        record_refund(order_line=bought, amount=Decimal("5.00"))
        refused(lambda: apply(order_no=line.order.order_no), "not enough")

        buy(1, of=wanted)

        assert apply(order_no=line.order.order_no).distributor is not None


class TestWhatIsAsked:
    def test_a_required_answer(self, policy, apply):
        policy(ask_ability="required", ask_network="optional")

        refused(apply, "Ability")
        refused(lambda: apply(form=filled(answers={"ability": "  "})), "Ability")
        refused(lambda: apply(form=filled(answers={"ability": "x" * 2001})), "2000")
        assert nothing_written()
        application = apply(form=filled(answers={"ability": " 能说会道 ", "experience": "no"}))
        # What is not asked is not kept.
        assert application.submissions.get().answers == {"ability": "能说会道"}

    def test_adults_only(self, policy, apply):
        policy("open", ask_birth_date="optional")

        refused(lambda: apply(form=filled(is_adult=False)), "18 or older")
        today = timezone.localdate()
        child = today.replace(year=today.year - 18) + timedelta(days=1)
        refused(lambda: apply(form=filled(birth_date=child)), "18 or older")
        refused(lambda: apply(form=filled(birth_date=today + timedelta(days=1))), "cannot be")
        refused(lambda: apply(form=filled(birth_date=date(1850, 1, 1))), "cannot be")
        assert nothing_written()
        assert apply(form=filled(birth_date=child - timedelta(days=1))).distributor is not None

    def test_the_id_number_tells_the_age(self, policy, apply):
        policy("open", ask_id_number="required", ask_birth_date="optional")

        refused(apply, "ID number")
        refused(lambda: apply(form=filled(id_number="110105194912310021")), "check out")
        refused(lambda: apply(form=filled(id_number="1101051949123100")), "18 characters")
        # The 30th of February, with the right check digit; and somebody born in 2020.
        refused(lambda: apply(form=filled(id_number="110105194902300020")), "check out")
        refused(lambda: apply(form=filled(id_number="110105202001010015")), "18 or older")
        wrong_day = filled(id_number=ID_NUMBER, birth_date=date(1949, 12, 30))
        refused(lambda: apply(form=wrong_day), "not the one in the ID")
        assert nothing_written()
        application = apply(form=filled(id_number="11010519491231002x", birth_date=BORN))
        assert application.submissions.get().id_number == ID_NUMBER

    def test_name_and_id_are_encrypted_at_rest(self, policy, apply):
        from django.db import connection

        policy(ask_id_number="optional", ask_real_name="optional")
        application = apply(form=filled(id_number=ID_NUMBER, real_name=" 王  小芳 "))

        with connection.cursor() as cursor:
            cursor.execute("SELECT real_name, id_number, id_hash FROM joining_submission")
            [row] = cursor.fetchall()
        assert not any("王" in value or "1949" in value for value in row)
        kept = application.submissions.get()
        assert (kept.real_name, kept.id_number, kept.id_tail) == ("王 小芳", ID_NUMBER, "002X")

    def test_what_is_not_asked_is_not_kept(self, policy, apply):
        policy()

        form = filled(
            id_number=ID_NUMBER, real_name="王芳", birth_date=BORN, files=[Upload("a.pdf", PDF)]
        )
        kept = apply(form=form).submissions.get()

        assert (kept.real_name, kept.id_number, kept.id_hash) == (None, None, "")
        assert kept.birth_date is None
        assert not kept.attachments.exists()


class TestAttachments:
    @pytest.fixture(autouse=True)
    def _policy(self, policy):
        policy(ask_attachments="required")

    def test_required(self, apply):
        refused(apply, "Attach at least one")
        assert nothing_written()

    def test_a_picture_is_drawn_again_and_a_pdf_is_kept(self, apply):
        files = [
            Upload("../../etc/我 的.png", picture((3000, 10))),
            Upload("证明.exe", PDF),
        ]

        application = apply(form=filled(files=files))

        image, pdf = Attachment.objects.order_by("pk")
        assert image.submission == application.submissions.get()
        assert (image.kind, image.name) == ("image", ".. .. etc 我 的.png")
        assert content_of(image)[:3] == b"\xff\xd8\xff"
        assert (pdf.kind, pdf.name, content_of(pdf)) == ("pdf", "证明.exe", PDF)
        assert pdf.file.name.endswith(".pdf")

    def test_they_lie_outside_what_the_site_serves(self, apply):
        apply(form=filled(files=[Upload("a.pdf", PDF)]))

        path = Attachment.objects.get().file.path
        assert path.startswith(str(settings.PRIVATE_ROOT))
        assert not path.startswith(str(settings.MEDIA_ROOT))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html>%PDF-1.7 %%EOF</html>",
            b"%PDF-1.7 cut off",
            b"GIF89a" + b"0" * 50,
            picture()[:40],
        ],
    )
    def test_neither_a_picture_nor_a_pdf(self, apply, content):
        refused(lambda: apply(form=filled(files=[Upload("a.png", content)])), "a.png")
        assert nothing_written()

    def test_too_large_and_too_many(self, apply):
        large = Upload("a.pdf", PDF + b"0" * (10 * 1024 * 1024) + b"%%EOF")
        refused(lambda: apply(form=filled(files=[large])), "larger than 10 MB")
        refused(lambda: apply(form=filled(files=[Upload("a.pdf", PDF)] * 6)), "at most 5")
        assert nothing_written()


class TestOncePerPerson:
    def test_the_same_form_again_is_the_same_application(self, policy, apply):
        policy("open")

        first = apply(request_key="once")
        again = apply(request_key="once")

        assert (again, Submission.objects.count()) == (first, 1)
        assert Distributor.objects.count() == 1

    def test_a_key_that_was_somebody_elses(self, policy, apply):
        policy()
        apply(request_key="once")

        refused(lambda: apply("13900000000", request_key="once"), "sent already")

    def test_one_open_application(self, policy, apply):
        policy()
        apply()

        refused(apply, "being looked at")
        assert Application.objects.count() == 1

    def test_a_new_one_after_it_was_rejected_or_withdrawn(self, policy, apply, reviewer):
        policy()
        first = apply()
        reject_application(submission=first.submissions.get(), reason="no", actor=reviewer)
        second = apply()
        withdraw_application(application=second)
        withdraw_application(application=second)

        assert apply().status == "submitted"
        statuses = Application.objects.order_by("pk").values_list("status", flat=True)
        assert list(statuses) == ["rejected", "withdrawn", "submitted"]

    def test_somebody_who_joined_already(self, policy, apply):
        policy("open")
        DistributorFactory(phone=PHONE)

        refused(apply, "Somebody has joined with these details")
        assert Application.objects.count() == 0

    def test_a_registered_phone_is_marked_where_somebody_looks(self, policy, apply):
        policy()
        person = DistributorFactory(phone=PHONE)

        application = apply()

        assert application.is_flagged
        assert application.submissions.get().duplicates == [
            {"kind": "phone", "who": str(person), "distributor": person.pk}
        ]

    def test_a_registered_phone_is_refused_by_policy(self, merchant, policy, apply):
        merchant.refuse_duplicates = True
        merchant.save()
        policy()
        DistributorFactory(phone=PHONE)

        refused(apply, "Somebody has joined with these details")


class TestAccounts:
    def test_a_phone_with_an_account_signs_in_first(self, policy, apply):
        policy("open")
        user = UserFactory(phone=PHONE)

        refused(apply, "Sign in with it first")
        assert apply(user=user).distributor.user == user

    def test_another_number_than_ones_own(self, policy, apply):
        policy("open")
        refused(lambda: apply(user=UserFactory(phone="+8613900000001")), "that you sign in with")

    def test_a_member_of_staff_known_by_e_mail_brings_a_phone(self, policy, apply):
        policy("open")
        user = UserFactory(phone=None, email="a@example.com")

        assert apply(user=user).distributor.user == user

    def test_a_distributor_here_already(self, policy, apply):
        policy("open")
        user = UserFactory(phone=PHONE)
        DistributorFactory(user=user)

        refused(lambda: apply(user=user), "already")

    def test_a_distributor_elsewhere_joins_here_with_the_same_account(self, policy, apply):
        policy("open")
        user = UserFactory(phone=PHONE)
        with scope(merchant=MerchantFactory()):
            DistributorFactory(user=user)

        assert apply(user=user).distributor.user == user


class TestDuplicateIds:
    @pytest.fixture(autouse=True)
    def _policy(self, policy):
        policy(ask_id_number="optional")

    def test_the_second_is_marked(self, apply):
        first = apply(form=filled(id_number=ID_NUMBER))

        second = apply("13900000000", form=filled(id_number=ID_NUMBER))

        assert (first.is_flagged, second.is_flagged) == (False, True)
        assert second.submissions.get().duplicates == [
            {
                "kind": "id_number",
                "who": str(first),
                "application": first.pk,
                "distributor": None,
            }
        ]

    def test_the_second_is_refused_by_policy(self, merchant, apply):
        merchant.refuse_duplicates = True
        merchant.save()
        apply(form=filled(id_number=ID_NUMBER))

        refused(lambda: apply("13900000000", form=filled(id_number=ID_NUMBER)), "these details")
        assert Application.objects.count() == 1

    def test_ones_own_earlier_application_is_no_duplicate(self, apply):
        withdraw_application(application=apply(form=filled(id_number=ID_NUMBER)))

        assert not apply(form=filled(id_number=ID_NUMBER)).is_flagged

    def test_another_merchants_people_are_not_compared(self, apply):
        other = MerchantFactory()
        apply(form=filled(id_number=ID_NUMBER))
        hashes = {Submission.objects.get().id_hash}
        from apps.joining.services import submit_application

        with scope(merchant=other):
            save_policy(merchant=other, way="application", ask_id_number="optional")
            there = submit_application(
                merchant=other,
                phone="13900000000",
                filled=filled(id_number=ID_NUMBER),
                request_key=new_key(),
            )
            hashes.add(Submission.objects.get().id_hash)

        assert not there.is_flagged
        assert len(hashes) == 2


class TestResubmitting:
    @pytest.fixture
    def asked(self, policy, apply, reviewer):
        policy(ask_ability="required", ask_id_number="required", ask_attachments="required")
        application = apply(
            form=filled(
                answers={"ability": "little"}, id_number=ID_NUMBER, files=[Upload("a.pdf", PDF)]
            )
        )
        ask_for_changes(
            submission=application.submissions.get(), reason="Tell more", actor=reviewer
        )
        application.refresh_from_db()
        return application

    def test_both_forms_are_kept_and_confidences_need_not_be_repeated(self, asked):
        again = resubmit_application(
            application=asked,
            filled=filled(name="王小芳", answers={"ability": "much"}),
            request_key="second",
        )

        first, second = again.submissions.order_by("number")
        assert (first.answers, second.answers) == ({"ability": "little"}, {"ability": "much"})
        assert (second.id_number, second.id_hash) == (ID_NUMBER, first.id_hash)
        assert (again.status, again.name, again.is_flagged) == ("submitted", "王小芳", False)

    def test_a_replay_changes_nothing(self, asked):
        form = filled(answers={"ability": "much"})
        for _each in range(2):
            resubmit_application(application=asked, filled=form, request_key="second")

        assert Submission.objects.count() == 2

    def test_only_when_changes_are_asked_for(self, asked):
        form = filled(answers={"ability": "much"})
        resubmit_application(application=asked, filled=form, request_key="second")

        refused(
            lambda: resubmit_application(application=asked, filled=form, request_key="third"),
            "No changes",
        )
        assert Submission.objects.count() == 2


class TestAgreement:
    @pytest.fixture
    def agreement(self, merchant):
        draft = save_agreement_draft(merchant=merchant, title="分销协议", text="第一条")
        return publish_agreement(agreement=draft, actor=None)

    def test_it_must_be_agreed_to(self, policy, apply, agreement):
        policy("open")

        refused(apply, "agree to it first")
        refused(lambda: apply(form=filled(agreement=agreement.pk + 1)), "newer version")
        assert nothing_written()

    def test_which_version_when_and_from_where_is_kept(self, policy, apply, agreement):
        policy("open")

        application = apply(
            form=filled(agreement=agreement.pk),
            address="203.0.113.7",
            user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Safari MicroMessenger/8.0",
        )

        kept = AgreementAcceptance.objects.get()
        submission = application.submissions.get()
        assert (kept.agreement, kept.user) == (agreement, application.distributor.user)
        assert kept.accepted_at == submission.submitted_at
        assert (kept.device, len(kept.address_hash)) == ("WeChat, iPhone", 64)
        assert "203" not in kept.address_hash[:3]
        assert kept.address_hash == submission.address_hash


class TestBound:
    def test_a_customer_joins_under_whom_they_are_bound_to_whoever_invites(
        self, merchant, policy, apply
    ):
        policy("open")
        set_binding_policy(merchant=merchant, actor=None, rule="first_touch")
        owner, inviter = DistributorFactory(), DistributorFactory()
        customer = CustomerFactory(identifier=PHONE)
        bind_by_hand(customer=customer, distributor=owner, reason="Met", actor=UserFactory())

        apply(inviter=inviter)

        assert Distributor.objects.get(phone=PHONE).parent == owner

    def test_bound_to_somebody_suspended_the_inviter_counts(self, merchant, policy, apply):
        policy("open")
        set_binding_policy(merchant=merchant, actor=None, rule="first_touch")
        owner, inviter = DistributorFactory(), DistributorFactory()
        customer = CustomerFactory(identifier=PHONE)
        bind_by_hand(customer=customer, distributor=owner, reason="Met", actor=UserFactory())
        suspend_distributor(distributor=owner, reason="Prices", actor=None)

        apply(inviter=inviter)

        assert Distributor.objects.get(phone=PHONE).parent == inviter
