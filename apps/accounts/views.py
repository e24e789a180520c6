"""The front door, and the page on which somebody sets their first password."""

from django.contrib import admin
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.models import User


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Sends staff to the console, distributors to their pages, everybody else to sign in."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if admin.site.has_permission(request):
        return redirect("admin:index")
    return redirect("portal:home")


class WelcomeView(PasswordResetConfirmView):
    """Sets a password by the one-time link of `services.set_password_link`, then signs in.

    The token moves to the session before the page is shown, so it is in no referrer or history.
    """

    template_name = "account/welcome.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    post_reset_login_backend = "apps.accounts.backends.SignInBackend"

    def get_user(self, uidb64: str) -> User | None:
        """The user the link was made for, unless their account has been shut since."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None
