"""Puts the operator console inside the walls of one merchant."""

from django.conf import settings
from django_scopes import scope, scopes_disabled

from apps.merchants.selectors import current_merchant


class MerchantScopeMiddleware:
    """For every request to the console: scope = the staff member's current merchant.

    A platform owner who has chosen no merchant works across all of them. Anybody else without a
    merchant gets no scope: queries raise, and the console's own permission check turns them away.
    Other pages (shop, portal) enter the scope of the person or shop they serve themselves.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.merchant = None
        if not request.path.startswith(f"/{settings.CONSOLE_PATH}"):
            return self.get_response(request)
        if request.user.is_authenticated:
            request.merchant = current_merchant(request.user, request.session)
        if request.merchant is not None:
            with scope(merchant=request.merchant):
                return self.get_response(request)
        if request.user.is_authenticated and request.user.is_active and request.user.is_superuser:
            with scopes_disabled():
                return self.get_response(request)
        return self.get_response(request)
