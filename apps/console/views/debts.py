"""Debts (欠款): who owes how much for how long, and giving one up with a second pair of eyes."""

from typing import Any

from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.steps import ReasonForm, WriteOffForm
from apps.console.views.base import StepView, console_page, render_page
from apps.core.templatetags.money_display import money_text
from apps.distributors.models import Distributor
from apps.insights.selectors import bucket_totals, debtors, open_debts
from apps.ledger.selectors import wallet_balances
from apps.payouts.models import DebtWriteOff
from apps.payouts.services.write_offs import (
    DECIDE,
    PROPOSE,
    approve_write_off,
    propose_write_off,
    reject_write_off,
)

PER_PAGE = 50


@console_page("ledger.view_wallet")
def debts_page(request: HttpRequest) -> HttpResponse:
    """Everybody who owes, the oldest debt first, with what is owed together by age."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Debts"))
    search = request.GET.get("q", "").strip()
    found = debtors(merchant=merchant, search=search)
    totals = bucket_totals(found)
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render_page(
        request,
        "console/debts.html",
        _("Debts"),
        page=Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        search=search,
        totals=totals,
        total=sum(totals),
        parameters=parameters.urlencode(),
        currency=merchant.currency,
    )


@console_page("payouts.view_debtwriteoff")
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: whose debt, why, what is owed now, and what can be decided by whom."""
    related = ["merchant", "distributor", "proposed_by", "decided_by"]
    found = get_object_or_404(DebtWriteOff.objects.select_related(*related), pk=pk)
    user = request.user
    may_decide = user.has_perm(DECIDE) and found.status == DebtWriteOff.Status.PROPOSED
    is_own = found.proposed_by_id == user.pk
    return render_page(
        request,
        "console/write_off.html",
        _("Debt write-off %(number)s") % {"number": found},
        write_off=found,
        balances=wallet_balances(found.distributor),
        open_debts=open_debts(distributor=found.distributor, merchant=found.merchant),
        can_approve=may_decide and not is_own,
        can_reject=may_decide,
        needs_somebody_else=may_decide and is_own,
    )


class ProposeWriteOff(StepView):
    model = Distributor
    permission = PROPOSE
    form_class = WriteOffForm
    title = gettext_lazy("Propose a debt write-off")
    button = gettext_lazy("Propose")
    done = gettext_lazy("The write-off now awaits approval by somebody else.")

    def get_explanation(self, obj: Distributor) -> str:
        return _(
            "%(debt)s is owed. What is written off is a loss of the merchant's and is never repaid "
            "by later earnings. Somebody else must approve it."
        ) % {"debt": money_text(wallet_balances(obj)["debt"], obj.merchant.currency)}

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        return WriteOffForm(data, initial={"amount": wallet_balances(obj)["debt"]})

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:distributor", args=[obj.pk])

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        proposed = propose_write_off(distributor=obj, actor=self.request.user, **values)
        return redirect("console:write_off", proposed.pk)


class WriteOffStep(StepView):
    model = DebtWriteOff
    permission = DECIDE

    def way_back(self, obj: DebtWriteOff) -> str:
        return reverse("console:write_off", args=[obj.pk])


class ApproveWriteOff(WriteOffStep):
    title = gettext_lazy("Approve debt write-off")
    explanation = gettext_lazy(
        "You are the second pair of eyes: the debt is given up for good, at the merchant's expense."
    )
    button = gettext_lazy("Approve write-off")
    done = gettext_lazy("The debt is written off.")
    is_dangerous = True

    def take(self, obj: DebtWriteOff, values: dict[str, Any]) -> None:
        approve_write_off(write_off=obj, actor=self.request.user)


class RejectWriteOff(WriteOffStep):
    form_class = ReasonForm
    title = gettext_lazy("Reject debt write-off")
    explanation = gettext_lazy("The debt stays; later earnings repay it.")
    button = gettext_lazy("Reject")
    done = gettext_lazy("Write-off rejected; the debt stays.")

    def take(self, obj: DebtWriteOff, values: dict[str, Any]) -> None:
        reject_write_off(write_off=obj, actor=self.request.user, reason=values["reason"])
