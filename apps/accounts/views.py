"""The front door."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Sends staff to the console, distributors to their pages, everybody else to sign in."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if admin.site.has_permission(request):
        return redirect("admin:index")
    return redirect("portal:home")
