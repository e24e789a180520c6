"""Who I am here, where I am paid, and at which merchant."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.errors import Refused
from apps.distributors.models import ShopFront
from apps.distributors.services.shop_fronts import save_shop_front
from apps.payouts import services
from apps.payouts.selectors import current_payout_account
from apps.portal.access import SESSION_KEY, distributor_page
from apps.portal.forms import PayoutAccountForm, ShopFrontForm


@require_safe
@distributor_page
def account(request: HttpRequest) -> HttpResponse:
    """My data as the merchant has it, and what I can change."""
    return render(
        request,
        "portal/account.html",
        {
            "page_title": _("Me"),
            "upline": request.distributor.parent,
            "payout_account": current_payout_account(request.distributor),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page(even_unagreed=True)
def payout_account(request: HttpRequest) -> HttpResponse:
    """Name the account to be paid to; the one before is kept for withdrawals under way."""
    form = PayoutAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_payout_account(distributor=request.distributor, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Withdrawals from now on go there."))
            return redirect("portal:withdraw")
    return render(
        request,
        "portal/payout_account.html",
        {
            "page_title": _("Payout account"),
            "payout_account": current_payout_account(request.distributor),
            "form": form,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page
def shop_front(request: HttpRequest) -> HttpResponse:
    """Name, words and picture at the top of my shop."""
    front = ShopFront.objects.filter(distributor=request.distributor).first()
    known = {"title": front.title, "words": front.words} if front else {}
    form = ShopFrontForm(request.POST or None, request.FILES or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            if form.has_changed():
                save_shop_front(distributor=request.distributor, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. This is how your shop looks now."))
            return redirect("portal:shop_front")
    return render(
        request,
        "portal/shop_front.html",
        {"page_title": _("My shop"), "form": form, "front": front},
    )


@require_POST
@distributor_page(even_unagreed=True)
def switch(request: HttpRequest) -> HttpResponse:
    """Look at my pages at another merchant; only at one where I am a distributor."""
    chosen = request.POST.get("distributor", "")
    if chosen not in {str(one.pk) for one in request.distributors}:
        raise Http404
    request.session[SESSION_KEY] = int(chosen)
    return redirect("portal:home")
