"""Applications, decided one at a time with scores and reasons."""

from datetime import datetime
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.joining import ApproveApplicationForm, VerdictForm
from apps.console.forms.steps import ReasonForm
from apps.console.views.base import StepView, console_page, render_page
from apps.distributors.models import Distributor
from apps.joining.models import Application, Attachment, Submission
from apps.joining.selectors import ApplicationStory, answers_of, application_story
from apps.joining.services import (
    approve_application,
    ask_for_changes,
    reject_application,
    reveal_identity,
)
from apps.joining.services.revealing import REVEAL
from apps.joining.services.submitting import upline_of

VIEW = "joining.view_application"
CHANGE = "joining.change_application"


@console_page(VIEW)
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """What was answered, attached, decided and seen; whom the applicant resembles."""
    related = ["merchant", "invited_by", "order", "distributor", "user"]
    found = get_object_or_404(Application.objects.select_related(*related), pk=pk)
    story = application_story(found)
    waits = found.status == Application.Status.SUBMITTED
    return render_page(
        request,
        "console/application.html",
        str(found),
        application=found,
        story=story,
        answers=answers_of(story.latest),
        earlier=[(each, answers_of(each)) for each in story.submissions[1:]],
        timeline=_timeline(story),
        duplicates=[_duplicate(each) for each in story.latest.duplicates],
        can_decide=waits and request.user.has_perm(CHANGE),
        can_reveal=request.user.has_perm(REVEAL),
        has_identity=bool(story.latest.real_name or story.latest.id_number),
    )


def _timeline(story: ApplicationStory) -> list[tuple[datetime, str, Any]]:
    """When, which kind of thing, and the row: newest first."""
    rows = [
        *((each.submitted_at, "form", each) for each in story.submissions),
        *((each.reviewed_at, "review", each) for each in story.reviews),
        *((each.revealed_at, "reveal", each) for each in story.reveals),
    ]
    return sorted(rows, key=lambda row: row[0], reverse=True)


def _duplicate(found: dict[str, Any]) -> dict[str, Any]:
    """A resemblance with where to look."""
    if found.get("application"):
        link = reverse("console:application", args=[found["application"]])
    else:
        link = reverse("console:distributor", args=[found["distributor"]])
    words = {"phone": _("the same phone number"), "id_number": _("the same ID number")}
    return {"who": found["who"], "link": link, "words": words[found["kind"]]}


@console_page("joining.view_attachment")
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """One attachment: pictures, drawn by us, in the browser; PDFs, which others wrote, to save."""
    found = get_object_or_404(Attachment, pk=pk)
    is_image = found.kind == Attachment.Kind.IMAGE
    with found.file.open("rb") as file:
        content = file.read()
    return HttpResponse(
        content,
        content_type="image/jpeg" if is_image else "application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(
                not is_image, f"attachment-{found.pk}.jpg" if is_image else _pdf_name(found)
            ),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def _pdf_name(found: Attachment) -> str:
    """The name it came with; what is no PDF by name is one by content."""
    return found.name if found.name.lower().endswith(".pdf") else f"{found.name}.pdf"


class ApplicationStep(StepView):
    """A decision about the form that was on the reviewer's screen."""

    model = Application
    permission = CHANGE
    form_class = VerdictForm

    def get_form(self, obj: Application, data: Any = None) -> Form:
        latest = obj.submissions.order_by("-number").first()
        initial = {"submission": latest.pk, **self.initial_of(obj)}
        return self.form_class(data, answered=latest.answers, initial=initial)

    def initial_of(self, obj: Application) -> dict[str, Any]:
        """What the form starts from."""
        return {}

    def way_back(self, obj: Application) -> str:
        return reverse("console:application", args=[obj.pk])

    def take(self, obj: Application, values: dict[str, Any]) -> HttpResponse | None:
        submission = get_object_or_404(obj.submissions, pk=values["submission"])
        scores = {
            name.removeprefix("score_"): value
            for name, value in values.items()
            if name.startswith("score_") and value is not None
        }
        return self.decide(submission, scores, values)

    def decide(
        self, submission: Submission, scores: dict[str, int], values: dict[str, Any]
    ) -> HttpResponse | None:
        """Call the service."""
        raise NotImplementedError


class ApproveApplication(ApplicationStep):
    form_class = ApproveApplicationForm
    title = gettext_lazy("Approve application")
    button = gettext_lazy("Approve")
    done = gettext_lazy("Approved: a distributor now.")

    def get_explanation(self, obj: Application) -> str:
        return _(
            "%(name)s becomes a distributor at once and sees it on the application's page. Call "
            "%(phone)s first: nothing else proves that the number is theirs."
        ) % {"name": obj.name, "phone": obj.phone}

    def get_form(self, obj: Application, data: Any = None) -> Form:
        form = super().get_form(obj, data)
        form.merchant = obj.merchant
        return form

    def initial_of(self, obj: Application) -> dict[str, Any]:
        upline = upline_of(obj)
        return {"upline": upline.code if upline else ""}

    def decide(
        self, submission: Submission, scores: dict[str, int], values: dict[str, Any]
    ) -> HttpResponse:
        person: Distributor = approve_application(
            submission=submission,
            upline=values["upline"],
            reason=values["reason"],
            scores=scores,
            actor=self.request.user,
        )
        return redirect("console:distributor", person.pk)


class RejectApplication(ApplicationStep):
    title = gettext_lazy("Reject application")
    explanation = gettext_lazy("The applicant reads the reason, and may apply again.")
    button = gettext_lazy("Reject")
    done = gettext_lazy("Rejected.")
    is_dangerous = True

    def decide(
        self, submission: Submission, scores: dict[str, int], values: dict[str, Any]
    ) -> None:
        reject_application(
            submission=submission,
            reason=values["reason"],
            scores=scores,
            actor=self.request.user,
        )


class AskForChanges(ApplicationStep):
    title = gettext_lazy("Ask for changes")
    explanation = gettext_lazy(
        "The applicant reads what you write and sends the form again; both forms are kept."
    )
    button = gettext_lazy("Ask for changes")
    done = gettext_lazy("The applicant has been asked.")

    def decide(
        self, submission: Submission, scores: dict[str, int], values: dict[str, Any]
    ) -> None:
        ask_for_changes(
            submission=submission,
            reason=values["reason"],
            scores=scores,
            actor=self.request.user,
        )


class RevealIdentity(StepView):
    """Real name and ID number of one form, shown once; who looked and why is kept."""

    model = Submission
    permission = REVEAL
    form_class = ReasonForm
    title = gettext_lazy("Show name and ID number")
    explanation = gettext_lazy("That you looked, when and why is kept with the application.")
    button = gettext_lazy("Show")
    done = ""

    def way_back(self, obj: Submission) -> str:
        return reverse("console:application", args=[obj.application_id])

    def take(self, obj: Submission, values: dict[str, Any]) -> HttpResponse:
        identity = reveal_identity(submission=obj, reason=values["reason"], actor=self.request.user)
        answer = render_page(
            self.request,
            "console/identity.html",
            _("Name and ID number"),
            submission=obj,
            identity=identity,
            way_back=self.way_back(obj),
        )
        answer["Cache-Control"] = "no-store"
        return answer
