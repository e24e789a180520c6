"""Price control: one violation, what was decided and said about it, and the rules."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.views.base import MerchantStep, StepView, console_page, render_page
from apps.core.attachment_pages import private_response
from apps.distributors.models import Distributor
from apps.distributors.services.suspensions import standing_policy
from apps.merchants.models import Merchant
from apps.price_control.forms import AnswerForm, DecideForm, LadderForm
from apps.price_control.models import Appeal, Violation, ViolationFile
from apps.price_control.selectors import evidence_of, violation_with_story
from apps.price_control.services import (
    answer_appeal,
    current_ladder,
    decide_violation,
    propose_step,
    set_ladder,
)

DECIDE = "price_control.add_measure"
ANSWER = "price_control.add_appealanswer"
SET_LADDER = "price_control.add_ladder"


@console_page("price_control.view_violation")
def violation(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened with its evidence, what the ladder says, what was decided, and the appeal."""
    found = get_object_or_404(violation_with_story(Violation.objects.all()), pk=pk)
    measure = getattr(found, "measure", None)
    appeal = getattr(found, "appeal", None)
    answer = getattr(appeal, "answer", None)
    user = request.user
    return render_page(
        request,
        "console/violation.html",
        _("Violation %(number)s") % {"number": found},
        violation=found,
        evidence=evidence_of(found),
        measure=measure,
        appeal=appeal,
        answer=answer,
        proposal=None if measure else propose_step(found),
        can_decide=measure is None and user.has_perm(DECIDE),
        can_answer=appeal is not None and answer is None and user.has_perm(ANSWER),
    )


@console_page("price_control.view_violationfile")
def violation_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of evidence, for staff of its merchant."""
    found = get_object_or_404(ViolationFile, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)


class Decide(StepView):
    model = Violation
    permission = DECIDE
    title = gettext_lazy("Decide on the violation")
    button = gettext_lazy("Decide")
    done = gettext_lazy("Decided. The distributor sees it and may appeal.")
    is_dangerous = True
    wakes_stages = True

    def get_object(self, pk: int) -> Violation:
        related = ["merchant", "distributor__merchant"]
        return get_object_or_404(Violation.objects.select_related(*related), pk=pk)

    def get_explanation(self, obj: Violation) -> str:
        proposal = propose_step(obj)
        text = _("Earlier violations that count: %(count)s. The ladder proposes: %(step)s.") % {
            "count": proposal.counted,
            "step": proposal.step.text,
        }
        if obj.distributor.status != Distributor.Status.ACTIVE:
            text += " " + _("%(person)s is %(status)s at the moment.") % {
                "person": obj.distributor,
                "status": obj.distributor.get_status_display(),
            }
        return text

    def get_form(self, obj: Violation, data: Any = None) -> Form:
        step = propose_step(obj).step
        policy = standing_policy(obj.merchant)
        return DecideForm(
            data,
            initial={
                "action": step.action,
                "days": step.days,
                "pending_waits": "wait" if policy.pending_waits else "",
                "team_moves_up": "up" if policy.team_moves_up else "",
                "seen": step.key,
            },
        )

    def way_back(self, obj: Violation) -> str:
        return reverse("console:violation", args=[obj.pk])

    def take(self, obj: Violation, values: dict[str, Any]) -> None:
        decide_violation(violation=obj, actor=self.request.user, **values)


class Answer(StepView):
    model = Appeal
    permission = ANSWER
    form_class = AnswerForm
    title = gettext_lazy("Answer the appeal")
    explanation = gettext_lazy(
        "Upheld: the violation is void and counts no more; a suspension or termination that came "
        "of it ends now. A team that has moved up stays where it is."
    )
    button = gettext_lazy("Answer")
    done = gettext_lazy("Answered.")
    wakes_stages = True

    def get_object(self, pk: int) -> Appeal:
        related = ["merchant", "violation__distributor__merchant"]
        return get_object_or_404(Appeal.objects.select_related(*related), pk=pk)

    def way_back(self, obj: Appeal) -> str:
        return reverse("console:violation", args=[obj.violation_id])

    def take(self, obj: Appeal, values: dict[str, Any]) -> None:
        answer_appeal(appeal=obj, actor=self.request.user, **values)


@console_page("price_control.view_ladder")
def standing_rules(request: HttpRequest) -> HttpResponse:
    """What the merchant has set for suspensions, terminations and violations."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Standing rules"))
    return render_page(
        request,
        "console/standing_rules.html",
        _("Standing rules"),
        policy=standing_policy(merchant),
        ladder=current_ladder(merchant),
        can_set_policy=request.user.has_perm("distributors.add_standingpolicy"),
        can_set_ladder=request.user.has_perm(SET_LADDER),
    )


class SetLadder(MerchantStep):
    permission = SET_LADDER
    title = gettext_lazy("Ladder of measures")
    explanation = gettext_lazy(
        "The first violation takes the first step, the next one the second, and so on; from the "
        "last step on it stays there. A person confirms each step."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved. It counts from the next decision on.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        return LadderForm(data, ladder=current_ladder(obj))

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:standing_rules")

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        names = ("window_days", "per_kind", "appeal_days", "steps")
        set_ladder(merchant=obj, actor=self.request.user, **{name: values[name] for name in names})
