"""The operator console: Django's admin behind our own door."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import update_wrapper
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

# unfold's Alpine evaluates expressions, and select2 and simplebar set style attributes. The shop
# and the distributors' pages keep the strict policy of the settings.
CONSOLE_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


def _merchant_time(request: HttpRequest) -> AbstractContextManager:
    """Times on the console are the current merchant's, else the site's."""
    merchant = getattr(request, "merchant", None)
    return timezone.override(merchant.zone) if merchant else nullcontext()


class ConsoleSite(UnfoldAdminSite):
    """Open to platform owners and to staff of the current merchant; for others it is not there."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may enter the console, asked from any page of the site."""
        user = request.user
        if not user.is_active or user.is_anonymous:
            return False
        if user.is_superuser or getattr(request, "merchant", None) is not None:
            return True
        # Outside the console nobody has looked for a merchant yet.
        return import_string(settings.CONSOLE_MERCHANTS)(user).exists()

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """`view` for those who may enter; sign-in for the anonymous; 404 for everybody else."""
        guarded = super().admin_view(csp_update(CONSOLE_POLICY)(view), cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            with _merchant_time(request):
                response = guarded(request, *args, **kwargs)
                # Now, not after the view, so that the page shows the merchant's time.
                return response.render() if hasattr(response, "render") else response

        return update_wrapper(inner, view)

    def register(
        self, model_or_iterable: Any, admin_class: type | None = None, **options: Any
    ) -> None:
        """Only our own models: what packages bring knows nothing of merchants' walls."""
        models = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        ours = [model for model in models if model.__module__.startswith("apps.")]
        super().register(ours, admin_class, **options)

    def get_urls(self) -> list:
        # Unused, and it would look objects up across the merchants' walls.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one sign-in for everybody."""
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        following = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(following, resolve_url(settings.LOGIN_URL))

    def password_change(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """There is one page for changing the password."""
        return redirect("account_change_password")

    def password_change_done(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        return redirect("admin:index")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """unfold's context, without its inline style sheet: our colours come from a file."""
        return {**super().each_context(request), "colors": None}
