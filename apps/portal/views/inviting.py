"""My invitation: code, link and QR code with which others join under me."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.errors import Refused
from apps.joining.selectors import policy_of
from apps.portal import selectors
from apps.portal.access import distributor_page
from apps.portal.views.sharing import address_of
from apps.promotion.models import PromoLink
from apps.promotion.services.links import ensure_link


@require_safe
@distributor_page
def invite(request: HttpRequest) -> HttpResponse:
    """What to send to somebody who wants to join, and whether they can at the moment."""
    link, refusal = None, ""
    try:
        link = ensure_link(distributor=request.distributor, kind=PromoLink.Kind.INVITATION)
    except Refused as refused:
        refusal = str(refused)
    return render(
        request,
        "portal/invite.html",
        {
            "page_title": _("Invite"),
            "link": link,
            "address": address_of(request, link) if link else "",
            "refusal": refusal,
            "policy": policy_of(request.merchant),
            "suspension": selectors.suspension_of(request.distributor),
        },
    )
