"""Changes of upline as a list. One change's story is a page of the console."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
    state_column,
)
from apps.distributors.models import TreeMove


@admin.register(TreeMove)
class TreeMoveAdmin(ReadOnlyAdmin):
    story_url = "console:move"
    list_display = [
        "__str__",
        "distributor",
        "from_upline",
        "to_upline",
        "team_size",
        "state",
        "effective_at",
        "requested_by",
        "approved_by",
    ]
    list_select_related = [
        "distributor",
        "old_parent",
        "new_parent",
        "requested_by",
        "approved_by",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("new_parent", AutocompleteSelectFilter),
        ("requested_at", DayRangeFilter),
        ("effective_at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "distributor__name", "distributor__phone"]
    search_help_text = _("Code, name or phone of who is moved")
    ordering = ["-pk"]

    state = state_column("status", _("status"))

    @display(description=_("from upline"))
    def from_upline(self, move: TreeMove) -> str:
        return str(move.old_parent or _("the top"))

    @display(description=_("to upline"))
    def to_upline(self, move: TreeMove) -> str:
        return str(move.new_parent or _("the top"))
