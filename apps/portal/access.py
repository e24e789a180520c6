"""Who is looking at the portal, and the walls put around what they may see."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_scopes import scope, scopes_disabled

from apps.accounts.models import User
from apps.distributors.models import Ban, Distributor

SESSION_KEY = "distributor"


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


def distributor_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for the signed-in distributor, in the scope and time zone of their merchant.

    The view finds `request.distributor` and `request.merchant`; somebody who is no distributor gets
    a page (403) that says so. With several merchants the one chosen in the session counts.
    """

    @never_cache
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
            return view(request, *args, **kwargs)

    return inner
