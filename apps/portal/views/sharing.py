"""What I share: my link on the shop, a product or an invitation, its QR code and its posters."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.core.errors import Refused
from apps.joining.selectors import policy_of
from apps.portal import selectors
from apps.portal.access import TooMany, distributor_page, guard
from apps.portal.views.figures import PERIODS, last_days
from apps.promotion.models import Material, PromoLink
from apps.promotion.qr import qr_png, qr_svg
from apps.promotion.selectors.funnel import Funnel, funnels
from apps.promotion.selectors.materials import materials_for
from apps.promotion.selectors.targets import find_target
from apps.promotion.services.links import ensure_link
from apps.promotion.services.posters import BACKDROP, kept_poster, make_poster, plan_poster

QR_FORMATS = {"png": ("image/png", qr_png), "svg": ("image/svg+xml", qr_svg)}
LOOKS = {
    "plain": gettext_lazy("Plain"),
    "picture": gettext_lazy("Large picture"),
    "festive": gettext_lazy("Festive red"),
    "ink": gettext_lazy("Moon gate"),
}
# As many backdrops of the merchant's as there is room to choose from.
BACKDROPS = 12
KEPT_BY_BROWSERS = "private, max-age=86400"


def address_of(request: HttpRequest, link: PromoLink) -> str:
    """The full address that is shared."""
    return request.build_absolute_uri(reverse("promotion:follow", args=[link.code]))


@require_safe
@distributor_page
def share(request: HttpRequest, kind: str = "shop", target_id: int = 0) -> HttpResponse:
    """One thing to share. Its link is made when it is looked at first, and stays the same."""
    me = request.distributor
    target = find_target(distributor=me, kind=kind, target_id=target_id)
    if target is None:
        raise Http404
    context = {
        "page_title": _("Share"),
        "kind": kind,
        "target": target,
        "suspension": selectors.suspension_of(me),
        "policy": policy_of(request.merchant) if kind == PromoLink.Kind.INVITATION else None,
    }
    try:
        link = ensure_link(distributor=me, kind=kind, target_id=target_id)
    except Refused as refusal:
        return render(request, "portal/share.html", {**context, "refusal": str(refusal)})
    backdrops = materials_for(me, at=timezone.now(), kind=Material.Kind.POSTER)[:BACKDROPS]
    look, backdrop = _chosen(request, backdrops)
    figures = funnels(last_days(request), by="link", distributor=me, keys=[link.pk])
    return render(
        request,
        "portal/share.html",
        {
            **context,
            "link": link,
            "address": address_of(request, link),
            "looks": LOOKS.items(),
            "look": look,
            "backdrops": backdrops,
            "backdrop": backdrop,
            "funnel": figures.get(link.pk, Funnel()),
            "days": PERIODS[0],
        },
    )


def _chosen(request: HttpRequest, backdrops) -> tuple[str, Material | None]:
    look, material = request.GET.get("look", ""), request.GET.get("material", "")
    backdrop = next((each for each in backdrops if str(each.pk) == material), None)
    if backdrop is not None:
        return BACKDROP, backdrop
    return (look if look in LOOKS else next(iter(LOOKS))), None


def _my_link(request: HttpRequest, code: str) -> PromoLink:
    mine = PromoLink.objects.filter(distributor=request.distributor, revoked_at__isnull=True)
    link = get_object_or_404(mine, code=code)
    link.distributor = request.distributor
    return link


def _picture(request: HttpRequest, content_type: str, name: str, etag: str, draw) -> HttpResponse:
    """A picture that the browser keeps; `?download` saves it. Drawn only if it is not there yet."""
    response = get_conditional_response(request, etag=f'"{etag}"')
    if response is None:
        response = HttpResponse(draw(), content_type=content_type)
        kind = "attachment" if "download" in request.GET else "inline"
        response["Content-Disposition"] = f'{kind}; filename="{name}"'
        response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = KEPT_BY_BROWSERS
    response["ETag"] = f'"{etag}"'
    return response


@require_safe
@distributor_page(is_kept=True)
def link_qr(request: HttpRequest, code: str, image_format: str) -> HttpResponse:
    """The QR code of my link as a file, so that a long press in WeChat can save it."""
    if image_format not in QR_FORMATS:
        raise Http404
    address = address_of(request, _my_link(request, code))
    content_type, draw = QR_FORMATS[image_format]
    etag = hashlib.sha256(f"{image_format} {address}".encode()).hexdigest()[:32]
    name = f"qr-{code}.{image_format}"
    return _picture(request, content_type, name, etag, lambda: draw(address))


@require_safe
@distributor_page(is_kept=True)
def link_poster(request: HttpRequest, code: str, look: str) -> HttpResponse:
    """A poster of my link; `?material=` names the backdrop. 429 for hundreds of new ones."""
    link = _my_link(request, code)
    backdrop = None
    if look == BACKDROP:
        visible = materials_for(request.distributor, at=timezone.now(), kind=Material.Kind.POSTER)
        wanted = request.GET.get("material", "")
        backdrop = get_object_or_404(visible, pk=wanted if wanted.isdecimal() else 0)
    try:
        address = address_of(request, link)
        plan = plan_poster(link=link, address=address, template=look, backdrop=backdrop)
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal
    content = kept_poster(plan)
    if content is None:
        try:
            guard(request, "poster")
        except TooMany:
            return HttpResponse(
                _("Too many posters at once: please come back in an hour."), status=429
            )
        content = make_poster(plan)
    name = f"poster-{code}-{look}.jpg"
    return _picture(request, "image/jpeg", name, plan.key, lambda: content)
