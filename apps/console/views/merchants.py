"""Stepping inside another merchant's walls."""

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.merchants.selectors import SESSION_KEY, merchants_of_staff


@admin.site.admin_view
@require_POST
def choose_merchant(request: HttpRequest) -> HttpResponse:
    """Work at the merchant that was chosen, from its home page; 404 for one that is not theirs."""
    chosen = request.POST.get("merchant", "")
    if not chosen and request.user.is_superuser:
        request.session.pop(SESSION_KEY, None)
        return redirect("admin:index")
    merchant = (
        merchants_of_staff(request.user).filter(pk=chosen).first() if chosen.isdecimal() else None
    )
    if merchant is None:
        raise Http404
    request.session[SESSION_KEY] = merchant.pk
    messages.success(request, _("You are now at %(merchant)s.") % {"merchant": merchant})
    return redirect("admin:index")
