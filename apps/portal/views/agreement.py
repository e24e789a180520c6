"""The agreement with the merchant, and agreeing to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.adapter import client_ip
from apps.core.errors import Refused
from apps.merchants.models import AgreementAcceptance
from apps.merchants.selectors import current_agreement
from apps.merchants.services import accept_agreement
from apps.portal.access import distributor_page
from apps.portal.forms import AgreementForm


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page(even_unagreed=True)
def agreement(request: HttpRequest) -> HttpResponse:
    """The version in force, and what I agreed to before."""
    current = current_agreement(request.merchant)
    accepted = list(
        AgreementAcceptance.objects.filter(user=request.user)
        .select_related("agreement")
        .order_by("-agreement__number")
    )
    must_agree = current is not None and current.pk not in {each.agreement_id for each in accepted}
    form = AgreementForm(request.POST or None, agreement=current) if must_agree else None
    if request.method == "POST" and form is not None and form.is_valid():
        if _agree(request, form):
            return redirect(_following(request))
    return render(
        request,
        "portal/agreement.html",
        {
            "page_title": _("Agreement"),
            "agreement": current,
            "accepted": accepted,
            "form": form,
            "is_new_version": must_agree and bool(accepted),
        },
    )


def _agree(request: HttpRequest, form: AgreementForm) -> bool:
    """Whether the acceptance was kept; the form says why when it was not."""
    if form.cleaned_data["agreement"] != form.terms.pk:
        form.add_error(None, _("A newer version has been published. Read that one first."))
        return False
    try:
        accept_agreement(
            agreement=form.terms,
            user=request.user,
            address=client_ip(request) or "",
            user_agent=request.headers.get("User-Agent", ""),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Thank you. You find the agreement under “Me”."))
    return True


def _following(request: HttpRequest) -> str:
    """Where this person wanted to go, on this site only."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "portal:home"
