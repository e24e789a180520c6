"""The steps of standing and price control on the console, pressed by an operator."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Ban, Distributor, StandingPolicy, Suspension
from apps.joining.models import Application
from apps.ledger.selectors import wallet_balances
from apps.payouts.models import FinalSettlement
from apps.price_control.models import AppealAnswer, Ladder, Measure, Violation
from tests.console.world import make_kit, note_violation
from tests.factories import DistributorFactory
from tests.payouts.money import Kind, fund
from tests.price_control.uploads import picture

PICTURE = picture()
STAMP = "%Y-%m-%dT%H:%M"


def post(client, name, pk, **values):
    return client.post(reverse(f"console:{name}", args=[pk]), values)


def page(client, name, *args):
    answer = client.get(reverse(f"console:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def person(kit):
    return DistributorFactory(joined_at=timezone.now() - timedelta(days=100))


def fresh(person):
    return Distributor.objects.get(pk=person.pk)


class TestStanding:
    def test_suspended_from_and_to_in_the_merchants_time(self, client, kit, person):
        now = timezone.now().astimezone(kit.merchant.zone).replace(second=0, microsecond=0)
        starts_at, ends_at = now - timedelta(hours=2), now + timedelta(days=3)
        answer = post(
            client, "suspend", person.pk, reason="why", pending_waits="wait",
            effective_at=starts_at.strftime(STAMP), ends_at=ends_at.strftime(STAMP),
        )  # fmt: skip
        assert answer.status_code == 302
        suspension = Suspension.objects.get(distributor=person)
        assert (suspension.starts_at, suspension.ends_at) == (starts_at, ends_at)
        assert suspension.pending_waits is True
        shown = page(client, "distributor", person.pk)
        assert "it ends by itself" in shown
        assert "Pending earnings wait until it is over." in shown

    def test_the_policy_is_proposed(self, client, kit, person):
        answer = post(
            client, "set_standing_policy", kit.merchant.pk, pending_waits="wait",
            team_moves_up="up",
        )  # fmt: skip
        assert answer.status_code == 302
        policy = StandingPolicy.objects.get()
        assert (policy.pending_waits, policy.team_moves_up) == (True, True)
        assert policy.changed_by == kit.people["owner"]
        for name, choice in (("suspend", "wait"), ("terminate", "up"), ("ban", "up")):
            assert f'value="{choice}" selected' in page(client, name, person.pk)

    def test_a_suspension_is_changed_and_ended(self, client, person):
        post(client, "suspend", person.pk, reason="why")
        ends_at = timezone.now() + timedelta(days=9)
        post(
            client, "change_suspension", person.pk, reason="more", pending_waits="",
            ends_at=ends_at.strftime(STAMP),
        )  # fmt: skip
        assert Suspension.objects.filter(distributor=person).count() == 2
        post(client, "reinstate", person.pk, reason="fine")
        assert fresh(person).status == "active"

    def test_a_termination_leads_to_the_settlement(self, client, person):
        child = DistributorFactory(parent=person)
        answer = post(client, "terminate", person.pk, reason="gone", team_moves_up="up")
        assert answer.url == reverse("console:settlement", args=[person.pk])
        assert fresh(child).parent is None

    def test_a_ban_and_its_lifting(self, client, person):
        answer = post(client, "ban", person.pk, reason="forged", id_number="11010519491231002X")
        assert answer.url == reverse("console:settlement", args=[person.pk])
        ban = Ban.objects.get(distributor=person)
        assert ban.identities.count() == 2
        assert "forged" in page(client, "distributor", person.pk)
        post(client, "lift_ban", ban.pk, reason="mistaken")
        assert not Ban.objects.get(pk=ban.pk).is_open

    def test_a_ban_remembers_the_number_of_the_application(self, client, kit, person):
        application = Application.objects.filter(submissions__isnull=False).first()
        Application.objects.filter(pk=application.pk).update(
            distributor=person, status="approved", decided_at=timezone.now()
        )
        application.submissions.update(id_hash="a" * 64)
        post(client, "ban", person.pk, reason="forged")
        identities = Ban.objects.get(distributor=person).identities
        assert list(identities.filter(kind="id_number").values_list("value_hash", flat=True)) == [
            "a" * 64
        ]

    def test_a_refusal_is_shown_in_the_form(self, client, person):
        answer = post(client, "ban", person.pk, reason="forged", id_number="12")
        assert answer.status_code == 200
        assert "A resident ID number has 18 characters" in answer.content.decode()
        assert fresh(person).status == "active"


class TestSettlement:
    def test_everything_is_paid_out_with_an_account_given_there(self, client, kit, person):
        fund(person, "0.66")
        fund(person, "12.50", Kind.PENDING)
        assert "has not been terminated" in page(client, "settlement", person.pk)
        post(client, "terminate", person.pk, reason="gone")
        shown = page(client, "settlement", person.pk)
        assert "¥0.66 is available and can be paid out now" in shown
        assert "¥12.50 is pending" in shown
        key = str(uuid.uuid4())
        values = {
            "reason": "left", "request_key": key, "method": "bank", "holder_name": "陈静",
            "bank_name": "招商银行", "number": "6225880123456789",
        }  # fmt: skip
        first = post(client, "settle_for_good", person.pk, **values)
        again = post(client, "settle_for_good", person.pk, **values)
        made = FinalSettlement.objects.get()
        withdrawal = reverse("console:withdrawal", args=[made.withdrawal_id])
        assert first.url == again.url == withdrawal
        assert str(wallet_balances(person)["withdrawing"]) == "0.66"
        assert str(made.withdrawal) in page(client, "settlement", person.pk)

    def test_nothing_owed_is_settled(self, client, person):
        post(client, "terminate", person.pk, reason="gone")
        assert "Settled: nothing is owed either way." in page(client, "settlement", person.pk)


class TestPriceControl:
    def record(self, client, person, **values):
        happened_at = timezone.localtime() - timedelta(hours=1)
        return client.post(
            reverse("admin:price_control_violation_add"),
            {
                "distributor": person.pk, "kind": "low_price", "description": "Too cheap",
                "links": "", "happened_at": happened_at.strftime(STAMP),
                "files": SimpleUploadedFile("screen.png", PICTURE.content),
                "key": str(uuid.uuid4()),
            } | values,
        )  # fmt: skip

    def test_recorded_decided_and_answered(self, client, kit, person):
        answer = self.record(client, person)
        assert answer.status_code == 302, answer.content.decode()
        violation = Violation.objects.get(distributor=person)
        assert violation.recorded_by == kit.people["owner"]
        file = violation.files.get()
        assert client.get(reverse("console:violation_file", args=[file.pk])).status_code == 200
        assert "The ladder proposes: <strong>warning</strong>" in page(
            client, "violation", violation.pk
        )
        post(
            client, "decide_violation", violation.pk, action="suspend", days="7", reason="seen",
            seen="warn:",
        )  # fmt: skip
        assert fresh(person).status == "suspended"
        shown = page(client, "violation", violation.pk)
        assert "suspension for 7 days" in shown
        assert "decided otherwise" in shown

    def test_the_same_form_twice_is_one_violation(self, client, person):
        key = str(uuid.uuid4())
        for _press in range(2):
            self.record(client, person, key=key)
        assert Violation.objects.filter(distributor=person).count() == 1

    def test_a_file_that_is_none_is_an_error_of_the_form(self, client, person):
        answer = self.record(client, person, files=SimpleUploadedFile("x.png", b"MZ"))
        assert answer.status_code == 200
        assert "neither a JPEG, PNG or WebP picture nor a PDF" in answer.content.decode()
        assert not Violation.objects.filter(distributor=person).exists()

    def test_a_step_that_changed_meanwhile_is_not_taken(self, client, kit):
        # The kit's distributor has a warning already.
        violation = note_violation(kit, kit.distributor, "b")
        answer = post(
            client, "decide_violation", violation.pk, action="warn", reason="seen", seen="warn:"
        )
        assert "Meanwhile the ladder proposes another step" in answer.content.decode()
        assert not Measure.objects.filter(violation=violation).exists()

    def test_an_appeal_is_upheld(self, client, kit):
        post(client, "answer_appeal", kit.ids["violationappeal"], is_upheld="yes", reason="Right")
        assert AppealAnswer.objects.get().is_upheld is True
        assert "upheld: the violation is void" in page(client, "violation", kit.ids["violation"])

    def test_the_ladder_is_set(self, client, kit):
        values = {"window_days": "30", "appeal_days": "5", "per_kind": "on"}
        values |= {"action_1": "warn", "action_3": "suspend", "days_3": "9"}
        assert post(client, "set_ladder", kit.merchant.pk, **values).status_code == 302
        ladder = Ladder.objects.get()
        assert [each.key for each in ladder.rungs] == ["warn:", "suspend:9"]
        assert (ladder.window_days, ladder.appeal_days, ladder.per_kind) == (30, 5, True)
        assert "from violation 2 on" in page(client, "standing_rules")

    def test_a_ladder_that_makes_no_sense_is_explained(self, client, kit):
        values = {"window_days": "30", "appeal_days": "5"}
        values |= {"action_1": "terminate", "action_2": "warn"}
        answer = post(client, "set_ladder", kit.merchant.pk, **values)
        assert "No step may be milder than the one before." in answer.content.decode()
        assert not Ladder.objects.exists()

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("state=appealed", 1),
            ("state=open", 0),
            ("kind__exact=low_price", 1),
            ("kind__exact=false_claims", 0),
            ("measure__action__exact=warn", 1),
            ("measure__action__exact=suspend", 0),
            ("q=cheap", 1),
            ("q=nothing", 0),
        ],
    )
    def test_the_list_is_searched_and_filtered(self, client, kit, query, count):
        answer = client.get(reverse("admin:price_control_violation_changelist") + f"?{query}")
        assert answer.context["cl"].result_count == count

    def test_home_counts_what_waits(self, client, kit):
        note_violation(kit, kit.distributor, "b")
        to_do = client.get("/console/").context["to_do"]
        assert (to_do.violations, to_do.violation_appeals) == (1, 1)


def test_nothing_crosses_the_walls_even_by_name(client, kit):
    """A distributor of another merchant cannot be noted from here."""
    theirs = make_kit("theirs")
    answer = TestPriceControl().record(client, theirs.distributor)
    assert answer.status_code == 200
    with scope(merchant=theirs.merchant):
        assert Violation.objects.count() == 1
