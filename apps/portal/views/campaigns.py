"""Campaigns that distributors are told of beforehand."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.pages import page_of
from apps.orders.selectors import sellable
from apps.portal.access import distributor_page
from apps.products.models import CampaignLine
from apps.products.selectors import announced_campaigns


@require_safe
@distributor_page
def campaigns(request: HttpRequest) -> HttpResponse:
    """Announced and running ones, with the goods that this distributor may sell."""
    now = timezone.now()
    allowed = sellable(request.distributor.level, "sku__product__")
    lines = CampaignLine.objects.filter(allowed).select_related("sku__product")
    found = announced_campaigns(now).prefetch_related(
        Prefetch("lines", lines.order_by("sku__product__name", "sku__code"))
    )
    page = page_of(request, found)
    for campaign in page.object_list:
        campaign.is_running = campaign.starts_at <= now
    return render(request, "portal/campaigns.html", {"page_title": _("Campaigns"), "page": page})
