"""The merchant's material library: find something, copy the words, save the pictures, share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.attachment_pages import shown_response, thumbnail_response
from apps.core.attachments import IMAGE
from apps.core.errors import Refused
from apps.core.pages import page_of
from apps.distributors.models import Level
from apps.portal.access import TooMany, distributor_page, guard
from apps.portal.views.sharing import address_of
from apps.promotion.models import Material, MaterialFile, MaterialUse, PromoLink
from apps.promotion.selectors.materials import materials_for, text_with_link, with_uses
from apps.promotion.selectors.targets import campaigns_to_share, find_target
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import record_use


@require_safe
@distributor_page
def materials(request: HttpRequest) -> HttpResponse:
    """What I may use, newest first, by kind, by campaign and by words."""
    query, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    me = request.distributor
    campaigns = list(campaigns_to_share(me).filter(materials__isnull=False).distinct())
    chosen = request.GET.get("campaign", "")
    campaign = next((each for each in campaigns if str(each.pk) == chosen), None)
    found = materials_for(me, at=timezone.now(), kind=kind, query=query, campaign=campaign)
    return render(
        request,
        "portal/materials.html",
        {
            "page_title": _("Materials"),
            "page": page_of(request, with_uses(found)),
            "query": query,
            "kind": kind if kind in Material.Kind.values else "",
            "kinds": Material.Kind.choices,
            "campaigns": campaigns,
            "campaign": campaign,
            "is_shut": me.level is not None and me.level.materials == Level.Materials.NONE,
        },
    )


def _visible(request: HttpRequest):
    return materials_for(request.distributor, at=timezone.now())


@require_safe
@distributor_page
def material(request: HttpRequest, pk: int) -> HttpResponse:
    """One material: its words with my own link in them, its pictures and videos."""
    found = get_object_or_404(with_uses(_visible(request)), pk=pk)
    link = _link_on(request, found)
    address = address_of(request, link) if link else ""
    return render(
        request,
        "portal/material.html",
        {
            "page_title": capfirst(found.get_kind_display()),
            "material": found,
            "text": text_with_link(found, address),
            "address": address,
            "link": link,
        },
    )


def _link_on(request: HttpRequest, found: Material) -> PromoLink | None:
    """My link with this material: on its product or campaign if I may sell it, else on my shop."""
    me, kind, target = request.distributor, PromoLink.Kind.SHOP, 0
    about = (
        (PromoLink.Kind.PRODUCT, found.product_id),
        (PromoLink.Kind.CAMPAIGN, found.campaign_id),
    )
    for each, pk in about:
        if pk and find_target(distributor=me, kind=each, target_id=pk):
            kind, target = each, pk
            break
    try:
        return ensure_link(distributor=me, kind=kind, target_id=target, material=found)
    except Refused:
        return None


@require_safe
@distributor_page(is_kept=True)
def material_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture or video of a material I may see; `?download` saves it, which is counted, and
    `?small` is a picture for lists."""
    files = MaterialFile.objects.filter(material__in=_visible(request).order_by())
    kept = files.filter(removed_at__isnull=True).select_related("material")
    found = get_object_or_404(kept, pk=pk)
    is_saved = "download" in request.GET
    if is_saved and request.method == "GET" and "Range" not in request.headers:
        _count(request, found.material, MaterialUse.Kind.SAVE)
    if found.kind == IMAGE and "small" in request.GET:
        return thumbnail_response(found.file)
    name = f"{found.material.title}-{found.pk}.{found.file.name.rpartition('.')[2]}"
    return shown_response(request, found.file, kind=found.kind, name=name, is_saved=is_saved)


@require_POST
@distributor_page
def material_copied(request: HttpRequest, pk: int) -> HttpResponse:
    """Count that I copied its words; asked by the page's script, with `what=words`."""
    found = get_object_or_404(_visible(request), pk=pk)
    if request.POST.get("what") != "words":
        return HttpResponse(status=400)
    _count(request, found, MaterialUse.Kind.COPY)
    return HttpResponse(status=204)


def _count(request: HttpRequest, found: Material, kind: str) -> None:
    try:
        guard(request, "material_use")
    except TooMany:
        # Nobody copies hundreds an hour: it is given all the same, and not counted.
        return
    record_use(material=found, distributor=request.distributor, kind=kind)
