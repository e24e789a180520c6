"""One appeal: what is claimed, what there is to show for it, and the answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.commissions.models import Appeal
from apps.commissions.selectors import explain_order
from apps.commissions.services.appeals import reject_appeal, uphold_appeal
from apps.console.forms.binding import AnswerForm, UpholdForm
from apps.console.views.base import StepView, console_page, render_page
from apps.promotion.selectors import customer_timeline

DECIDE = "commissions.change_appeal"
# The newest things that happened to the customer; the rest stands on their page.
STEPS_SHOWN = 20


@console_page("commissions.view_appeal")
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """The claim beside the evidence: whose the order is now and why, and the customer's story."""
    related = ["merchant", "order__customer", "order__shop", "order__merchant", "distributor"]
    found = get_object_or_404(
        Appeal.objects.select_related(*related, "answered_by", "rebooking"), pk=pk
    )
    is_open = found.status == Appeal.Status.OPEN
    return render_page(
        request,
        "console/appeal.html",
        _("Appeal about order %(number)s") % {"number": found.order.order_no},
        appeal=found,
        order=found.order,
        explanation=explain_order(found.order),
        steps=customer_timeline(found.order.customer)[:STEPS_SHOWN],
        can_decide=is_open and request.user.has_perm(DECIDE),
    )


class AppealStep(StepView):
    model = Appeal
    permission = DECIDE

    def way_back(self, obj: Appeal) -> str:
        return reverse("console:appeal", args=[obj.pk])


class Uphold(AppealStep):
    wakes_stages = True
    form_class = UpholdForm
    title = gettext_lazy("Uphold appeal")
    button = gettext_lazy("Uphold: give them the order")
    done = gettext_lazy("Upheld. The order has been booked again.")
    is_dangerous = True

    def get_explanation(self, obj: Appeal) -> str:
        return _(
            "Every commission of order %(order)s is taken back, at every depth, and the order is "
            "computed again for %(distributor)s under the plan and the upline of the day it was "
            "paid. What was paid out already becomes a debt. Nothing is deleted: both stay to be "
            "seen. Figures change from today on."
        ) % {"order": obj.order.order_no, "distributor": obj.distributor}

    def take(self, obj: Appeal, values: dict[str, Any]) -> None:
        uphold_appeal(appeal=obj, actor=self.request.user, **values)


class Reject(AppealStep):
    form_class = AnswerForm
    title = gettext_lazy("Reject appeal")
    explanation = gettext_lazy("The order stays as it is.")
    button = gettext_lazy("Reject appeal")
    done = gettext_lazy("Rejected. The distributor sees your answer.")

    def take(self, obj: Appeal, values: dict[str, Any]) -> None:
        reject_appeal(appeal=obj, actor=self.request.user, **values)
