"""Who may join and what they agree to; people who may be one person."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.joining import PolicyForm
from apps.console.forms.steps import ReasonForm
from apps.console.views.base import StepView, console_page, render_page
from apps.core.errors import Refused
from apps.distributors.models import DuplicateFlag
from apps.distributors.services.duplicates import clear_duplicate
from apps.joining.selectors import policy_of
from apps.joining.services import save_policy
from apps.merchants.models import Agreement
from apps.merchants.selectors import current_agreement
from apps.merchants.services import publish_agreement

CHANGE_POLICY = "joining.change_joiningpolicy"


@console_page("joining.view_joiningpolicy")
def joining_policy(request: HttpRequest) -> HttpResponse:
    """The merchant's policy, to read or, with the right, to change."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Joining policy"))
    policy = policy_of(merchant)
    can_change = request.user.has_perm(CHANGE_POLICY)
    form = PolicyForm(request.POST if can_change and request.POST else None, instance=policy)
    if request.method == "POST" and can_change and form.is_valid():
        values = {name: form.cleaned_data[name] for name in PolicyForm.Meta.fields}
        products = form.cleaned_data["product_codes"]
        try:
            save_policy(merchant=merchant, purchase_products=products, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Applications under way go on as they are."))
            return redirect("console:joining_policy")
    return render_page(
        request,
        "console/joining_policy.html",
        _("Joining policy"),
        form=form,
        # A form that is refused has changed the policy in hand, not the one in force.
        policy=policy_of(merchant) if form.is_bound else policy,
        can_change=can_change,
        agreement=current_agreement(merchant),
        join_address=request.build_absolute_uri(reverse("joining:join", args=[merchant.code])),
    )


class PublishAgreement(StepView):
    model = Agreement
    permission = "merchants.change_agreement"
    title = gettext_lazy("Publish agreement")
    explanation = gettext_lazy(
        "A published version never changes. From now on applicants agree to this one, and every "
        "distributor is asked to agree before they go on."
    )
    button = gettext_lazy("Publish for good")
    done = gettext_lazy("Published.")

    def way_back(self, obj: Agreement) -> str:
        return reverse("admin:merchants_agreement_changelist")

    def take(self, obj: Agreement, values: dict[str, Any]) -> None:
        publish_agreement(agreement=obj, actor=self.request.user)


class ClearDuplicate(StepView):
    model = DuplicateFlag
    permission = "distributors.change_duplicateflag"
    form_class = ReasonForm
    title = gettext_lazy("Clear possible duplicate")
    explanation = gettext_lazy(
        "Say why both people are in order. Otherwise go back, and suspend or terminate one of them."
    )
    button = gettext_lazy("Clear")
    done = gettext_lazy("Cleared.")

    def way_back(self, obj: DuplicateFlag) -> str:
        return reverse("admin:distributors_duplicateflag_changelist")

    def take(self, obj: DuplicateFlag, values: dict[str, Any]) -> None:
        clear_duplicate(flag=obj, reason=values["reason"], actor=self.request.user)
