"""The form with which somebody becomes a distributor, or asks to."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.adapter import client_ip
from apps.core.errors import Refused
from apps.distributors.models import Distributor
from apps.joining.access import TooMany, find_inviter, guard, inside, joining_page
from apps.joining.forms import JoinForm
from apps.joining.models import Application, JoiningPolicy
from apps.joining.models.applications import OPEN_STATUSES
from apps.joining.selectors import policy_of
from apps.joining.services import submit_application
from apps.joining.services.gates import check_inviter, unknown_invite_code
from apps.merchants.models import Merchant
from apps.merchants.selectors import current_agreement

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@never_cache
@joining_page
def join(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Join this merchant; `?invite=CODE` says who invites."""
    code = request.GET.get("invite", "").strip()
    inviter = find_inviter(request, code, merchant) if code else None
    problem = unknown_invite_code() if code and inviter is None else ""
    return _join(request, merchant, inviter, problem)


@require_http_methods(METHODS)
@never_cache
def shop_join(request: HttpRequest, shop_code: str) -> HttpResponse:
    """Join under the owner of this shop: an invitation link."""
    try:
        inviter = find_inviter(request, shop_code)
    except TooMany:
        return render(request, "joining/too_many.html", status=429)
    if inviter is None:
        raise Http404
    return inside(request, inviter.merchant, _join, inviter)


def _join(
    request: HttpRequest, merchant: Merchant, inviter: Distributor | None, problem: str = ""
) -> HttpResponse:
    policy = policy_of(merchant)
    if not policy.is_open:
        return _page(request, merchant, "joining/closed.html")
    if found := _open_application(request, merchant):
        return redirect("joining:state", merchant.code, found.reference)
    user = request.user if request.user.is_authenticated else None
    if user and Distributor.objects.filter(merchant=merchant, user=user).exists():
        return _page(request, merchant, "joining/member.html")
    try:
        if inviter is not None:
            check_inviter(policy, inviter)
    except Refused as refusal:
        return _page(request, merchant, "joining/refused.html", refusal=refusal, policy=policy)
    form = JoinForm(
        request.POST or None,
        request.FILES or None,
        policy=policy,
        agreement=current_agreement(merchant),
        is_invited=inviter is not None,
        phone=str(user.phone) if user and user.phone else "",
        initial={"name": user.name if user else ""},
    )
    if request.method == "POST" and form.is_valid():
        application = _submit(request, merchant, form, inviter)
        if application is not None:
            request.session[_session_key(merchant)] = application.reference
            return redirect("joining:state", merchant.code, application.reference)
    return _page(
        request,
        merchant,
        "joining/join.html",
        form=form,
        policy=policy,
        inviter=inviter,
        problem=problem,
        goods=_goods(policy),
    )


def _submit(
    request: HttpRequest, merchant: Merchant, form: JoinForm, inviter: Distributor | None
) -> Application | None:
    """The application; None when it was refused, which the form then says."""
    guard(request, "join_form")
    values = form.cleaned_data
    code = values.get("invite_code", "")
    if code:
        inviter = find_inviter(request, code, merchant)
        if inviter is None:
            form.add_error("invite_code", unknown_invite_code())
            return None
    try:
        return submit_application(
            merchant=merchant,
            phone=values["phone"],
            filled=form.filled(),
            request_key=values["request_key"].hex,
            inviter=inviter,
            order_no=values.get("order_no", ""),
            user=request.user if request.user.is_authenticated else None,
            address=client_ip(request) or "",
            user_agent=request.headers.get("User-Agent", ""),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None


def _session_key(merchant: Merchant) -> str:
    return f"application:{merchant.pk}"


def _open_application(request: HttpRequest, merchant: Merchant) -> Application | None:
    """What this visitor has sent and is not decided yet, if this browser or account knows it."""
    found = Application.objects.filter(merchant=merchant, status__in=OPEN_STATUSES)
    if reference := request.session.get(_session_key(merchant)):
        return found.filter(reference=reference).first()
    if request.user.is_authenticated:
        return found.filter(user=request.user).first()
    return None


def _goods(policy: JoiningPolicy) -> list[str]:
    """The names of the goods that let somebody join, where some were chosen."""
    is_goods = policy.purchase == JoiningPolicy.Purchase.GOODS
    if policy.way != JoiningPolicy.Way.PURCHASE or not is_goods:
        return []
    return list(policy.purchase_products.order_by("name").values_list("name", flat=True))


def _page(request: HttpRequest, merchant: Merchant, template: str, **context: Any) -> HttpResponse:
    context |= {"merchant": merchant, "page_title": _("Become a distributor")}
    return render(request, template, context)
