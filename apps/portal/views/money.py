"""What I earned, and taking it out."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.insights.selectors import OpenDebt, open_debts
from apps.payouts import services
from apps.payouts.models import Withdrawal
from apps.payouts.selectors import current_payout_account
from apps.payouts.services.withdrawals import smallest_withdrawal
from apps.portal import selectors
from apps.portal.access import distributor_page
from apps.portal.forms import PeriodForm, WithdrawForm


@require_safe
@distributor_page
def earnings(request: HttpRequest) -> HttpResponse:
    """Every commission row of mine by state and period, with their sum."""
    show = request.GET.get("show", "")
    form = PeriodForm(request.GET)
    period = form.cleaned_data if form.is_valid() else {}
    balances = selectors.balances_of(request.distributor)
    rows = selectors.earnings_of(
        request.distributor, show=show, first=period.get("first"), last=period.get("last")
    )
    return render(
        request,
        "portal/earnings.html",
        {
            "page_title": _("Earnings"),
            "balances": balances,
            "open_debts": _open_debts(request, balances),
            "form": form,
            "show": show,
            "views": [
                ("", _("All")),
                ("pending", _("Pending")),
                ("released", _("Released")),
                ("reversed", _("Refund taken back")),
            ],
            "page": page_of(request, rows),
            "total": rows.aggregate(total=Sum("amount"))["total"] or selectors.ZERO,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page(even_unagreed=True)
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask for available money; everything available is proposed."""
    balances = selectors.balances_of(request.distributor)
    account = current_payout_account(request.distributor)
    form = WithdrawForm(request.POST or None, initial={"amount": balances.available})
    if request.method == "POST" and form.is_valid():
        try:
            services.request_withdrawal(
                distributor=request.distributor,
                amount=form.cleaned_data["amount"],
                request_key=form.cleaned_data["request_key"].hex,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Requested. The merchant will review it."))
            return redirect("portal:withdrawals")
    minimum = smallest_withdrawal(request.distributor)
    return render(
        request,
        "portal/withdraw.html",
        {
            "page_title": _("Withdraw"),
            "balances": balances,
            "open_debts": _open_debts(request, balances),
            "payout_account": account,
            "form": form,
            "minimum": minimum,
            "can_withdraw": not balances.debt and balances.available >= minimum,
        },
    )


def _open_debts(request: HttpRequest, balances: selectors.Balances) -> Sequence[OpenDebt]:
    """What refunds made me owe, asked only where there is something."""
    if not balances.debt:
        return []
    return open_debts(distributor=request.distributor, merchant=request.merchant)


@require_safe
@distributor_page(even_unagreed=True)
def withdrawals(request: HttpRequest) -> HttpResponse:
    """What I asked for, newest first, with its state and the reason of a refusal."""
    rows = Withdrawal.objects.filter(distributor=request.distributor)
    rows = rows.select_related("payout_account").order_by("-submitted_at", "-pk")
    return render(
        request,
        "portal/withdrawals.html",
        {
            "page_title": _("Withdrawals"),
            "balances": selectors.balances_of(request.distributor),
            "page": page_of(request, rows),
        },
    )
