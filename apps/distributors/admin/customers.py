"""The people who buy."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ReadOnlyAdmin,
)
from apps.distributors.models import Customer


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """A customer's story, from the first click on, is a page of the console."""

    story_url = "console:customer"
    list_display = ["identifier", "name", "created_at"]
    search_fields = ["identifier", "name"]
    search_help_text = _("Phone, identifier or name")
    ordering = ["-pk"]
    fields = ["identifier", "name", "created_at"]
