"""Decisions on applications: scores, reasons, one distributor, nothing across the walls."""

import pytest
from django_scopes import scope

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.distributors.models import Distributor, DuplicateFlag
from apps.distributors.services.duplicates import clear_duplicate
from apps.joining.models import Application, IdentityReveal, Review
from apps.joining.services import (
    approve_application,
    ask_for_changes,
    reject_application,
    resubmit_application,
    reveal_identity,
    withdraw_application,
)
from tests.factories import (
    DistributorFactory,
    MerchantFactory,
    StaffMembershipFactory,
    UserFactory,
)
from tests.joining.conftest import ID_NUMBER, filled, new_key

PHONE = "+8613800138000"


@pytest.fixture
def submission(policy, apply):
    policy(ask_ability="optional", ask_id_number="optional", ask_real_name="optional")
    form = filled(answers={"ability": "much"}, id_number=ID_NUMBER, real_name="王小芳")
    return apply(form=form).submissions.get()


def test_approved_under_the_upline_with_scores(submission, reviewer):
    upline = DistributorFactory()

    person = approve_application(
        submission=submission, upline=upline, actor=reviewer, scores={"ability": 4}
    )

    application = Application.objects.get()
    assert (application.status, application.distributor) == ("approved", person)
    assert application.decided_at == person.joined_at or application.decided_at > person.joined_at
    assert (person.parent, str(person.phone), str(person.user.phone)) == (upline, PHONE, PHONE)
    review = Review.objects.get()
    assert (review.verdict, review.scores, review.average) == ("approve", {"ability": 4}, 4.0)
    assert review.reviewer == person.events.get().actor == reviewer


@pytest.mark.parametrize(
    ("decide", "status"), [(reject_application, "rejected"), (ask_for_changes, "changes")]
)
def test_a_reason_is_needed_and_kept(submission, reviewer, decide, status):
    with pytest.raises(Refused, match="Give a reason"):
        decide(submission=submission, reason="  ", actor=reviewer)
    assert (Application.objects.get().status, Review.objects.count()) == ("submitted", 0)

    decide(submission=submission, reason=" 资料太少 ", actor=reviewer, scores={"ability": 1})

    review = Review.objects.get()
    assert (Application.objects.get().status, review.reason) == (status, "资料太少")
    assert not Distributor.objects.exists()


@pytest.mark.parametrize("scores", [{"ability": 0}, {"ability": 6}, {"luck": 3}])
def test_scores_are_one_to_five_of_what_is_asked(submission, reviewer, scores):
    with pytest.raises(Refused, match="1 to 5"):
        approve_application(submission=submission, upline=None, actor=reviewer, scores=scores)
    assert (Distributor.objects.count(), Review.objects.count()) == (0, 0)


def test_nothing_is_decided_twice(submission, reviewer):
    approve_application(submission=submission, upline=None, actor=reviewer)

    for decide in (
        lambda: approve_application(submission=submission, upline=None, actor=reviewer),
        lambda: reject_application(submission=submission, reason="no", actor=reviewer),
        lambda: ask_for_changes(submission=submission, reason="no", actor=reviewer),
    ):
        with pytest.raises(Refused, match="no longer awaits"):
            decide()
    with pytest.raises(Refused, match="decided already"):
        withdraw_application(application=Application.objects.get())
    assert (Distributor.objects.count(), Review.objects.count()) == (1, 1)


def test_what_the_reviewer_read_is_what_is_decided(submission, reviewer):
    application = ask_for_changes(submission=submission, reason="more", actor=reviewer)
    resubmit_application(application=application, filled=filled(), request_key=new_key())

    with pytest.raises(Refused, match="a new form"):
        approve_application(submission=submission, upline=None, actor=reviewer)
    assert not Distributor.objects.exists()


def test_an_upline_of_another_merchant(submission, reviewer):
    with scope(merchant=MerchantFactory()):
        stranger = DistributorFactory()

    with pytest.raises(Refused, match="another merchant"):
        approve_application(submission=submission, upline=stranger, actor=reviewer)
    assert (Distributor.objects.count(), Review.objects.count()) == (0, 0)


def test_an_application_of_another_merchant_is_not_found(submission, reviewer):
    with scope(merchant=MerchantFactory()), pytest.raises(Application.DoesNotExist):
        approve_application(submission=submission, upline=None, actor=reviewer)
    assert Application.objects.get().status == "submitted"


def test_an_upline_who_is_not_active_leaves_everything_as_it_was(submission, reviewer):
    upline = DistributorFactory(status="suspended")

    with pytest.raises(Refused, match="cannot recruit"):
        approve_application(submission=submission, upline=upline, actor=reviewer)
    assert Application.objects.get().status == "submitted"
    assert (Review.objects.count(), User.objects.filter(phone=PHONE).count()) == (0, 0)


def test_a_phone_registered_meanwhile(submission, reviewer):
    DistributorFactory(phone=PHONE)

    with pytest.raises(Refused, match="phone"):
        approve_application(submission=submission, upline=None, actor=reviewer)
    assert Application.objects.get().status == "submitted"


def test_an_account_that_appeared_meanwhile_is_not_taken_over(submission, reviewer):
    UserFactory(phone=PHONE)

    person = approve_application(submission=submission, upline=None, actor=reviewer)

    assert person.user is None


class TestDuplicates:
    @pytest.fixture
    def pair(self, submission, apply, reviewer):
        first = approve_application(submission=submission, upline=None, actor=reviewer)
        second = apply("13900000000", form=filled(id_number=ID_NUMBER)).submissions.get()
        return first, second

    def test_both_people_are_marked_until_somebody_clears_it(self, pair, reviewer):
        first, submission = pair

        second = approve_application(submission=submission, upline=None, actor=reviewer)

        flag = DuplicateFlag.objects.get()
        assert (flag.first, flag.second, flag.kind) == (first, second, "id_number")
        with pytest.raises(Refused, match="Give a reason"):
            clear_duplicate(flag=flag, reason=" ", actor=reviewer)
        cleared = clear_duplicate(flag=flag, reason="Twins' typing error", actor=reviewer)
        assert (cleared.cleared_by, cleared.reason) == (reviewer, "Twins' typing error")
        with pytest.raises(Refused, match="already"):
            clear_duplicate(flag=flag, reason="again", actor=reviewer)

    def test_refused_where_the_merchant_wants_none(self, merchant, pair, reviewer):
        _first, submission = pair
        merchant.refuse_duplicates = True
        merchant.save()

        with pytest.raises(Refused, match="refuse duplicates"):
            approve_application(submission=submission, upline=None, actor=reviewer)
        assert Distributor.objects.count() == 1
        assert submission.application.status == "submitted"


class TestRevealing:
    def test_the_owner_looks_for_a_reason_and_it_is_noted(self, submission):
        owner = StaffMembershipFactory(role="owner").user

        shown = reveal_identity(submission=submission, reason="Tax return", actor=owner)

        assert shown == ("王小芳", ID_NUMBER)
        noted = IdentityReveal.objects.get()
        assert (noted.submission, noted.revealed_by, noted.reason) == (
            submission,
            owner,
            "Tax return",
        )

    @pytest.mark.parametrize("role", ["operator", "viewer"])
    def test_who_may_not_sees_nothing(self, submission, role):
        person = StaffMembershipFactory(role=role).user

        with pytest.raises(Refused, match="role does not allow"):
            reveal_identity(submission=submission, reason="curious", actor=person)
        assert not IdentityReveal.objects.exists()

    def test_the_owner_of_another_merchant(self, submission):
        with scope(merchant=MerchantFactory()):
            owner = StaffMembershipFactory(role="owner").user

        with pytest.raises(Refused, match="role does not allow"):
            reveal_identity(submission=submission, reason="curious", actor=owner)

    def test_not_without_a_reason_or_anything_to_show(self, submission, apply):
        owner = StaffMembershipFactory(role="owner").user
        nothing = apply("13900000000").submissions.get()

        with pytest.raises(Refused, match="Give a reason"):
            reveal_identity(submission=submission, reason=" ", actor=owner)
        with pytest.raises(Refused, match="Neither"):
            reveal_identity(submission=nothing, reason="look", actor=owner)
        assert not IdentityReveal.objects.exists()
