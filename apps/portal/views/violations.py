"""What the merchant holds against me, what followed, and my appeal (申诉)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.attachment_pages import private_response
from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.portal.access import distributor_page
from apps.portal.forms import ViolationAppealForm
from apps.price_control.models import Violation, ViolationFile
from apps.price_control.selectors import evidence_of, violation_with_story, violations_of
from apps.price_control.services import appeal_violation


@require_safe
@distributor_page(even_unagreed=True)
def violations(request: HttpRequest) -> HttpResponse:
    """All of mine, newest first, with what was decided."""
    return render(
        request,
        "portal/violations.html",
        {
            "page_title": _("Violations"),
            "page": page_of(request, violations_of(request.distributor)),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@distributor_page(even_unagreed=True)
def violation(request: HttpRequest, pk: int) -> HttpResponse:
    """One of mine with its evidence and decision; the appeal, or the form for it in time."""
    mine = Violation.objects.filter(distributor=request.distributor)
    found = get_object_or_404(violation_with_story(mine), pk=pk)
    form = ViolationAppealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            appeal_violation(
                violation=found,
                distributor=request.distributor,
                statement=form.cleaned_data["statement"],
                actor=request.user,
                request_key=form.cleaned_data["request_key"].hex,
                files=form.cleaned_data["files"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your appeal is with the merchant."))
            return redirect("portal:violation", found.pk)
    measure = getattr(found, "measure", None)
    appeal = getattr(found, "appeal", None)
    is_against_me = measure is not None and measure.counts
    return render(
        request,
        "portal/violation.html",
        {
            "page_title": _("Violation"),
            "violation": found,
            "evidence": evidence_of(found),
            "measure": measure,
            "appeal": appeal,
            "answer": getattr(appeal, "answer", None),
            "form": form,
            "is_against_me": is_against_me,
            "can_appeal": is_against_me
            and appeal is None
            and timezone.now() <= measure.appeal_until,
        },
    )


@require_safe
@distributor_page(even_unagreed=True)
def violation_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of evidence in a matter of mine."""
    mine = ViolationFile.objects.filter(violation__distributor=request.distributor)
    found = get_object_or_404(mine, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)
