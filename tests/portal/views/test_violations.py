"""Mine, and nobody else's: violations, their evidence, and one appeal in time."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.price_control.models import Appeal, Measure, ViolationFile
from apps.price_control.services import answer_appeal, decide_violation
from tests.factories import DistributorFactory, UserFactory
from tests.portal.violations import note_violation
from tests.price_control.uploads import PDF, paper, picture


@pytest.fixture
def violation(distributor):
    return note_violation(distributor, files=[picture(), paper()])


def decide(violation, action="warn", **values):
    return decide_violation(
        violation=violation, action=action, reason="Price list of May", actor=None, **values
    )


def page(client, violation):
    response = client.get(reverse("portal:violation", args=[violation.pk]))
    assert response.status_code == 200
    return response.content.decode()


def send(client, violation, **values):
    return client.post(
        reverse("portal:violation", args=[violation.pk]),
        {"statement": "Not my shop.", "request_key": str(uuid.uuid4())} | values,
    )


def test_nothing_to_see_yet(client):
    assert "No violations" in client.get(reverse("portal:violations")).content.decode()


def test_what_is_not_decided_yet(client, violation):
    assert "To be decided" in client.get(reverse("portal:violations")).content.decode()
    shown = page(client, violation)
    assert "Sold at ¥59 instead of ¥88." in shown
    assert 'href="https://shop.example/1"' in shown
    assert "has not decided yet" in shown
    assert "Send the appeal" not in shown


def test_evidence_can_be_opened(client, violation):
    image, pdf = ViolationFile.objects.order_by("pk")
    answer = client.get(reverse("portal:violation_file", args=[image.pk]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\xff\xd8\xff")
    answer = client.get(reverse("portal:violation_file", args=[pdf.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="paper.pdf"'
    assert answer.content == PDF


def test_the_decision_and_the_way_to_appeal(client, violation):
    decide(violation, "suspend", days=7)
    shown = page(client, violation)
    assert "Suspension for 7 days" in shown
    assert "Price list of May" in shown
    assert "Send the appeal" in shown
    home = client.get(reverse("portal:home")).content.decode()
    assert "Your standing is suspended until" in home
    assert "Reason: Price list of May" in home


def test_an_appeal_with_a_file_sent_twice_is_one(client, violation, distributor):
    decide(violation)
    key = str(uuid.uuid4())
    for _press in range(2):
        file = SimpleUploadedFile("mine.png", picture().content)
        answer = send(client, violation, files=file, request_key=key)
        assert answer.status_code == 302
    appeal = Appeal.objects.get()
    assert (appeal.statement, appeal.submitted_by) == ("Not my shop.", distributor.user)
    assert appeal.files.get().name == "mine.png"
    shown = page(client, violation)
    assert "The merchant will answer" in shown
    assert "Send the appeal" not in shown


@pytest.mark.parametrize("is_upheld", [True, False])
def test_the_answer(client, violation, is_upheld):
    decide(violation)
    send(client, violation)
    answer_appeal(
        appeal=Appeal.objects.get(), is_upheld=is_upheld, reason="We looked again.", actor=None
    )
    shown = page(client, violation)
    assert "We looked again." in shown
    assert ("Upheld: the violation is void." in shown) is is_upheld
    assert ("Rejected: the decision stays." in shown) is not is_upheld


def test_a_refusal_is_shown_and_keeps_the_words(client, violation):
    decide(violation)
    file = SimpleUploadedFile("x.png", b"MZ")
    answer = send(client, violation, files=file)
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "neither a JPEG, PNG or WebP picture nor a PDF" in shown
    assert "Not my shop." in shown
    assert not Appeal.objects.exists()


def test_after_the_deadline_there_is_no_form(client, violation):
    decide(violation)
    Measure.objects.update(appeal_until=timezone.now() - timedelta(seconds=1))
    assert "The time to appeal was over" in page(client, violation)
    answer = send(client, violation)
    assert "The time to appeal is over" in answer.content.decode()
    assert not Appeal.objects.exists()


def test_no_violation_no_appeal(client, violation):
    decide(violation, "dismiss")
    shown = page(client, violation)
    assert "No violation" in shown
    assert "appeal" not in shown.split("<main")[1].split("</main>")[0].lower()


def test_nothing_of_anybody_elses(client, violation):
    decide(violation)
    client.force_login(DistributorFactory(user=UserFactory()).user)
    file = ViolationFile.objects.first()
    for name, pk in (("violation", violation.pk), ("violation_file", file.pk)):
        assert client.get(reverse(f"portal:{name}", args=[pk])).status_code == 404
    assert send(client, violation).status_code == 404
    assert not Appeal.objects.exists()
    assert "No violations" in client.get(reverse("portal:violations")).content.decode()
