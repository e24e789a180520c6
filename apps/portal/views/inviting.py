"""My invitation: code, link and QR code with which others join under me."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.joining.selectors import policy_of
from apps.portal.access import distributor_page
from apps.portal.views.selling import qr_file


def invite_link(request: HttpRequest) -> str:
    """The full address on which others join under this distributor."""
    path = reverse("joining:shop_join", args=[request.distributor.shop_code])
    return request.build_absolute_uri(path)


@require_safe
@distributor_page
def invite(request: HttpRequest) -> HttpResponse:
    """What to send to somebody who wants to join, and whether they can at the moment."""
    return render(
        request,
        "portal/invite.html",
        {
            "page_title": _("Invite"),
            "link": invite_link(request),
            "policy": policy_of(request.merchant),
        },
    )


@require_safe
@distributor_page
def invite_qr(request: HttpRequest, image_format: str) -> HttpResponse:
    """The invitation's QR code as a file, so that a long press in WeChat can save it."""
    return qr_file(request, invite_link(request), "invite", image_format)
