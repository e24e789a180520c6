"""Applications as a list. One application's story is a page of the console."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
    state_column,
)
from apps.joining.models import Application


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    story_url = "console:application"
    list_display = [
        "name",
        "phone",
        "state",
        "duplicate",
        "invited_by",
        "submitted_at",
        "decided_at",
    ]
    list_select_related = ["invited_by"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        "is_flagged",
        ("submitted_at", DayRangeFilter),
    ]
    search_fields = ["name", "phone", "invited_by__code", "invited_by__name"]
    search_help_text = _("Name or phone; code or name of who invited")
    ordering = ["-submitted_at", "-pk"]

    state = state_column("status", _("status"))

    @display(description=_("possible duplicate"), label={"yes": "danger"})
    def duplicate(self, application: Application) -> tuple[str, str] | str:
        return ("yes", _("look at it")) if application.is_flagged else ""
