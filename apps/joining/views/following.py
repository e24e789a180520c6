"""How an application stands, filling it in again, and giving it up."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.adapter import client_ip
from apps.core.errors import Refused
from apps.distributors.services.sign_in import first_password_link
from apps.joining.access import application_page, guard
from apps.joining.forms import AnswersForm
from apps.joining.models import Application
from apps.joining.selectors import policy_of
from apps.joining.services import resubmit_application, withdraw_application
from apps.merchants.selectors import current_agreement


@require_safe
@never_cache
@application_page
def state(request: HttpRequest, application: Application) -> HttpResponse:
    """Where it stands, what was said about it, and what comes next."""
    person = application.distributor
    return render(
        request,
        "joining/state.html",
        {
            "merchant": application.merchant,
            "page_title": _("Your application"),
            "application": application,
            "latest_review": application.reviews.order_by("-pk").first(),
            "submissions": application.submissions.order_by("number"),
            "is_mine": person is not None
            and request.user.is_authenticated
            and person.user_id == request.user.pk,
            "password_link": first_password_link(distributor=person) if person else "",
            "here": request.build_absolute_uri(request.path),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@application_page
def change(request: HttpRequest, application: Application) -> HttpResponse:
    """The form once more, as it was, when changes are asked for."""
    if application.status != Application.Status.CHANGES:
        return _back(application)
    policy = policy_of(application.merchant)
    last = application.submissions.order_by("-number").first()
    form = AnswersForm(
        request.POST or None,
        request.FILES or None,
        policy=policy,
        agreement=current_agreement(application.merchant),
        earlier=last,
        initial={"name": last.name, "birth_date": last.birth_date, **last.answers},
    )
    if request.method == "POST" and form.is_valid():
        guard(request, "join_form")
        try:
            resubmit_application(
                application=application,
                filled=form.filled(),
                request_key=form.cleaned_data["request_key"].hex,
                address=client_ip(request) or "",
                user_agent=request.headers.get("User-Agent", ""),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Sent. The merchant looks at it again."))
            return _back(application)
    return render(
        request,
        "joining/change.html",
        {
            "merchant": application.merchant,
            "page_title": _("Change your application"),
            "application": application,
            "form": form,
            "latest_review": application.reviews.order_by("-pk").first(),
        },
    )


@require_POST
@application_page
def withdraw(request: HttpRequest, application: Application) -> HttpResponse:
    """Give the application up."""
    try:
        withdraw_application(application=application)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. You may apply again whenever you like."))
    return _back(application)


def _back(application: Application) -> HttpResponse:
    return redirect("joining:state", application.merchant.code, application.reference)
