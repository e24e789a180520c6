"""Who is looking at the portal, and the walls put around what they may see."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_scopes import scope, scopes_disabled

from apps.accounts.models import User
from apps.distributors.models import Ban, Distributor
from apps.merchants.selectors import agreement_to_accept

SESSION_KEY = "distributor"
# Per person: posters drawn anew, and uses of materials that are counted.
LIMITS = {"poster": "120/h/user", "material_use": "300/h/user"}


def distributors_of(user: User) -> list[Distributor]:
    """Everybody this user is, one per active merchant that has not banned them, by its code."""
    with scopes_disabled():
        banned = Ban.objects.filter(distributor=OuterRef("pk"), lifted_at__isnull=True)
        return list(
            Distributor.objects.filter(~Exists(banned), user=user, merchant__is_active=True)
            .select_related("merchant", "level")
            .order_by("merchant__code")
        )


def is_banned_anywhere(user: User) -> bool:
    """Whether a merchant has banned this user."""
    with scopes_disabled():
        return Ban.objects.filter(distributor__user=user, lifted_at__isnull=True).exists()


def distributor_page(
    view: Callable[..., HttpResponse] | None = None,
    *,
    even_unagreed: bool = False,
    is_kept: bool = False,
) -> Callable[..., HttpResponse]:
    """A page for the signed-in distributor, in the scope and time zone of their merchant.

    The view finds `request.distributor` and `request.merchant`; somebody who is no distributor gets
    a page (403) that says so. With several merchants the one chosen in the session counts. Whoever
    has not agreed to the agreement in force is asked first, except on `even_unagreed` pages: what
    somebody earned under an earlier one is theirs to take out. `is_kept`: a picture that the
    browser may keep as long as its own headers say.
    """
    if view is None:
        return lambda actual: distributor_page(actual, even_unagreed=even_unagreed, is_kept=is_kept)

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        mine = distributors_of(request.user)
        if not mine:
            context = {"is_banned": is_banned_anywhere(request.user)}
            return render(request, "portal/no_distributor.html", context, status=403)
        chosen = request.session.get(SESSION_KEY)
        distributor = next((one for one in mine if one.pk == chosen), mine[0])
        request.distributor = distributor
        request.merchant = distributor.merchant
        request.distributors = mine
        with scope(merchant=distributor.merchant), timezone.override(distributor.merchant.zone):
            if not even_unagreed and agreement_to_accept(request.merchant, request.user):
                return _ask_to_agree(request)
            return view(request, *args, **kwargs)

    return inner if is_kept else never_cache(inner)


class TooMany(Exception):
    """Somebody has asked for more than anybody needs."""


def guard(request: HttpRequest, action: str) -> None:
    """Count something that costs; raises TooMany when it was done too often. See LIMITS."""
    if not ratelimit.consume(
        request=request, app="portal", action=action, config=LIMITS, limit_get=True
    ):
        raise TooMany


def _ask_to_agree(request: HttpRequest) -> HttpResponse:
    """To the agreement, and back from there to what was opened."""
    following = {"next": request.get_full_path()} if request.method in ("GET", "HEAD") else {}
    address = reverse("portal:agreement")
    return redirect(f"{address}?{urlencode(following)}" if following else address)
