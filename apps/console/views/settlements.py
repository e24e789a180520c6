"""The final settlement of somebody who has left (清退结算)."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.selectors import settlement_story
from apps.console.views.base import StepView, console_page, render_page
from apps.console.views.standing_forms import FinalSettlementAccountForm, FinalSettlementForm
from apps.core.templatetags.money_display import money_text
from apps.distributors.models import Distributor
from apps.ledger.selectors import wallet_balances
from apps.payouts.selectors import current_payout_account
from apps.payouts.services.final_settlements import SETTLE, AccountDetails, settle_terminated
from apps.payouts.services.write_offs import PROPOSE


@console_page("ledger.view_wallet")
def settlement(request: HttpRequest, pk: int) -> HttpResponse:
    """What is owed either way, what can be paid out now, and what was settled before."""
    found = get_object_or_404(Distributor.objects.select_related("merchant"), pk=pk)
    story = settlement_story(found)
    has_left = found.status == Distributor.Status.TERMINATED
    return render_page(
        request,
        "console/settlement.html",
        _("Final settlement of %(person)s") % {"person": found},
        distributor=found,
        story=story,
        has_left=has_left,
        can_settle=has_left and bool(story.balances["available"]) and request.user.has_perm(SETTLE),
        can_propose_write_off=bool(story.balances["debt"]) and request.user.has_perm(PROPOSE),
    )


class SettleForGood(StepView):
    model = Distributor
    permission = SETTLE
    title = gettext_lazy("Pay everything out")
    button = gettext_lazy("Ask for the payout")
    done = gettext_lazy("The final withdrawal now awaits review.")

    def get_explanation(self, obj: Distributor) -> str:
        return _(
            "A withdrawal of %(amount)s is made for this person, whatever the minimum. It is "
            "reviewed and paid like any other."
        ) % {"amount": money_text(wallet_balances(obj)["available"], obj.merchant.currency)}

    def get_form(self, obj: Distributor, data: Any = None) -> Form:
        has_account = current_payout_account(obj) is not None
        return (FinalSettlementForm if has_account else FinalSettlementAccountForm)(data)

    def way_back(self, obj: Distributor) -> str:
        return reverse("console:settlement", args=[obj.pk])

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        account = None
        if "number" in values:
            names = ("method", "holder_name", "bank_name", "number")
            account = AccountDetails(**{name: values[name] for name in names})
        made = settle_terminated(
            distributor=obj,
            reason=values["reason"],
            actor=self.request.user,
            request_key=values["request_key"].hex,
            account=account,
        )
        return redirect("console:withdrawal", made.withdrawal_id)
