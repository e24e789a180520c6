"""Who can sign in: a list for platform owners. Accounts are made by services only."""

from django.contrib import admin

from apps.accounts.models import User
from apps.core.admin_base import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    is_of_merchant = False
    list_display = ["__str__", "phone", "email", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["name", "phone", "email"]
    ordering = ["-pk"]
    fields = [
        "name",
        "phone",
        "is_phone_vouched",
        "email",
        "is_active",
        "is_superuser",
        "last_login",
        "date_joined",
    ]
