"""The merchant's own settings and its staff; platform owners see all merchants."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import ChoicesDropdownFilter, ReadOnlyAdmin
from apps.merchants.models import Merchant, StaffMembership


@admin.register(Merchant)
class MerchantAdmin(ReadOnlyAdmin):
    is_of_merchant = False
    list_display = ["name", "code", "currency", "time_zone", "withdrawal_minimum", "is_active"]
    search_fields = ["name", "code"]
    ordering = ["code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        merchants = super().get_queryset(request)
        return merchants.filter(pk=request.merchant.pk) if request.merchant else merchants


@admin.register(StaffMembership)
class StaffMembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "role", "created_at"]
    list_select_related = ["user"]
    list_filter = [("role", ChoicesDropdownFilter)]
    search_fields = ["user__name", "user__phone", "user__email"]
    search_help_text = _("Name, phone or e-mail")
    ordering = ["pk"]
