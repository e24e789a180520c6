"""My customers: whom I may count on and for how long; and claiming an order that should be mine."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.commissions.models import Appeal
from apps.commissions.services.appeals import open_appeal, withdraw_appeal
from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.distributors.models import Customer
from apps.distributors.selectors import policy_at
from apps.portal import selectors
from apps.portal.access import distributor_page
from apps.portal.forms import AppealForm
from apps.promotion.selectors import customer_timeline


@require_safe
@distributor_page
def customers(request: HttpRequest) -> HttpResponse:
    """Customers bound to me, with the days of protection that are left, or those I lost."""
    show = "lost" if request.GET.get("show") == "lost" else ""
    query = request.GET.get("q", "").strip()
    page = page_of(
        request,
        selectors.customers_of(request.distributor, lost=bool(show), search=query),
    )
    now = timezone.now()
    for binding in page.object_list:
        binding.days_left = selectors.days_left(binding.protected_until, now)
    return render(
        request,
        "portal/customers.html",
        {
            "page_title": _("My customers"),
            "page": page,
            "show": show,
            "query": query,
            "policy": policy_at(merchant=request.merchant, moment=now),
        },
    )


@require_safe
@distributor_page
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened between one of my customers and me, since the first click."""
    found = get_object_or_404(
        Customer.objects.filter(bindings__distributor=request.distributor).distinct(), pk=pk
    )
    now = timezone.now()
    binding = selectors.customers_of(request.distributor).filter(customer=found).first()
    return render(
        request,
        "portal/customer.html",
        {
            "page_title": _("Customer"),
            "customer": found,
            "binding": binding,
            "days_left": binding and selectors.days_left(binding.protected_until, now),
            "steps": page_of(request, customer_timeline(found, seen_by=request.distributor)),
        },
    )


@require_safe
@distributor_page
def appeals(request: HttpRequest) -> HttpResponse:
    """What I claimed, newest first, with the answer."""
    mine = Appeal.objects.filter(distributor=request.distributor).select_related("order")
    return render(
        request,
        "portal/appeals.html",
        {
            "page_title": _("My appeals"),
            "page": page_of(request, mine.order_by("-opened_at", "-pk")),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page
def new_appeal(request: HttpRequest) -> HttpResponse:
    """Claim an order: its number, its customer's phone, and why it should count for me."""
    form = AppealForm(request.POST or None, initial={"order_no": request.GET.get("order", "")})
    if request.method == "POST" and form.is_valid():
        try:
            open_appeal(distributor=request.distributor, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Sent. The merchant will answer."))
            return redirect("portal:appeals")
    policy = policy_at(merchant=request.merchant, moment=timezone.now())
    return render(
        request,
        "portal/new_appeal.html",
        {"page_title": _("Claim an order"), "form": form, "days": policy.appeal_days},
    )


@require_POST
@distributor_page
def take_back_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw my open appeal."""
    mine = Appeal.objects.filter(distributor=request.distributor)
    try:
        withdraw_appeal(appeal=get_object_or_404(mine, pk=pk), distributor=request.distributor)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn."))
    return redirect("portal:appeals")
