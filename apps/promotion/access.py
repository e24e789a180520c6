"""Who visits, told from a request: a signed cookie of our own, and nothing personal in clear.

Any page that a distributor's link leads to calls `note_visit`. People who prefetch, bots, and a
distributor in their own shop leave no click; neither does the same visitor there again soon.
"""

import re
import uuid
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_scopes import scopes_disabled

from apps.distributors.models import Distributor
from apps.promotion.models import Click, PromoLink
from apps.promotion.services.clicks import Visit, hash_address, record_click

COOKIE = "visitor"
SALT = "promotion.visitor"
# As long as the longest window in which a click may count.
COOKIE_AGE = timedelta(days=365)
SAME_VISIT = timedelta(minutes=30)
BOTS = re.compile(
    r"bot\b|spider|crawl|slurp|preview|facebookexternalhit|headlesschrome|lighthouse|"
    r"curl|wget|python-|java/|go-http|okhttp|axios|node-fetch|libwww|monitor|scan",
    re.IGNORECASE,
)
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
PREFETCHES = ("prefetch", "prerender", "preview")
# Codes that are nobody's, per address; a whole city may share one behind its mobile network.
LIMITS = {"promo_code": "60/10m/ip"}
TABLET = re.compile(r"ipad|tablet|android(?!.*mobile)", re.IGNORECASE)
PHONE = re.compile(r"mobile|iphone|android", re.IGNORECASE)


class TooMany(Exception):
    """This address has tried too many codes; the page says so."""


def find_link(request: HttpRequest, code: str) -> PromoLink | None:
    """The link of a code, with its distributor and merchant, whatever their state.

    None for a code that is nobody's, and for a merchant who has stopped. Such codes are counted;
    raises TooMany after too many of them. Right codes go on working: many people share an address.
    """
    with scopes_disabled():
        links = PromoLink.objects.filter(code=code, merchant__is_active=True)
        found = links.select_related("merchant", "distributor__level").first()
    if found is not None:
        found.distributor.merchant = found.merchant
        return found
    is_allowed = ratelimit.consume(
        request=request, app="promotion", action="promo_code", config=LIMITS, limit_get=True
    )
    if not is_allowed:
        raise TooMany
    return None


class Known(NamedTuple):
    """What the visitor's cookie says: who, and where and on which link they were seen last."""

    visitor: str
    shop: int | None = None
    seen: int = 0
    link: int = 0


def visitor_of(request: HttpRequest) -> str:
    """The visitor's random number; empty for somebody without our cookie."""
    known = _known(request)
    return known.visitor if known else ""


def note_visit(
    request: HttpRequest,
    response: HttpResponse,
    *,
    distributor: Distributor,
    target: str = "",
    link: PromoLink | None = None,
) -> Click | None:
    """Record that the request came through this distributor's link, and remember the visitor.

    `target`: what the link leads to, the path by default; `link`: the short link, if it was one.
    The page it led to then records nothing more. Inside the merchant's scope. None where nothing is
    to be recorded.
    """
    if not _is_person(request) or _is_own(request, distributor):
        return None
    now = timezone.now()
    known = _known(request) or Known(uuid.uuid4().hex)
    lately = known.shop == distributor.pk and now.timestamp() - known.seen < SAME_VISIT.seconds
    if lately and (link is None or link.pk == known.link):
        return None
    click = record_click(
        distributor=distributor,
        visit=_visit(request, known),
        target=target or request.path,
        link=link,
        at=now,
    )
    seen = [known.visitor, distributor.pk, int(now.timestamp()), link.pk if link else 0]
    value = signing.dumps(seen, salt=SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return click


def _known(request: HttpRequest) -> Known | None:
    try:
        values = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE)
        return Known(*values)
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _is_person(request: HttpRequest) -> bool:
    """Whether somebody looks at a page: no bot, no prefetch, no HEAD."""
    if request.method != "GET":
        return False
    agent = request.headers.get("User-Agent", "")
    if not agent or BOTS.search(agent):
        return False
    purposes = " ".join(request.headers.get(name, "").lower() for name in PREFETCH_HEADERS)
    return not any(each in purposes for each in PREFETCHES)


def _is_own(request: HttpRequest, distributor: Distributor) -> bool:
    return request.user.is_authenticated and request.user.pk == distributor.user_id


def _visit(request: HttpRequest, known: Known) -> Visit:
    referrer = urlsplit(request.headers.get("Referer", ""))
    host = (referrer.hostname or "") if referrer.scheme in ("http", "https") else ""
    return Visit(
        visitor=known.visitor,
        device=_device(request.headers.get("User-Agent", "")),
        referrer_host="" if host == request.get_host().split(":")[0] else host,
        address_hash=hash_address(request.META.get("REMOTE_ADDR", "")),
        phone=str(getattr(request.user, "phone", None) or ""),
    )


def _device(agent: str) -> str:
    if "MicroMessenger" in agent:
        return Click.Device.WECHAT
    if TABLET.search(agent):
        return Click.Device.TABLET
    return Click.Device.PHONE if PHONE.search(agent) else Click.Device.COMPUTER
