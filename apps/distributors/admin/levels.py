"""Levels, their changes and graces as lists. Levels are filled in on pages of the console."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ImportExportAdmin,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
    display,
)
from apps.core.templatetags.ui import level_badge
from apps.distributors.models import Distributor, Level, LevelChange, LevelGrace
from apps.distributors.resources import (
    LevelExport,
    LevelImport,
)


@admin.register(Level)
class LevelAdmin(ImportExportAdmin):
    story_url = "console:level"
    import_resource = LevelImport
    export_resource = LevelExport
    list_display = ["name", "badge_column", "code", "rank", "people", "asked"]
    search_fields = ["name", "code"]
    ordering = ["-rank"]

    @display(description=_("badge"))
    def badge_column(self, level: Level) -> SafeString | str:
        return level_badge(level)

    @display(description=_("distributors"))
    def people(self, level: Level) -> int:
        return level.people or 0

    @display(description=_("conditions"))
    def asked(self, level: Level) -> int | str:
        return level.asked or "—"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.merchant is None:
            return self.ask_for_merchant(request)
        return redirect("console:new_level")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Level]:
        people = Distributor.objects.filter(level=OuterRef("pk")).order_by().values("level")
        return (
            super()
            .get_queryset(request)
            .annotate(
                people=Subquery(people.annotate(n=Count("pk")).values("n")),
                asked=Count("conditions"),
            )
        )


def _person(obj: LevelChange | LevelGrace) -> SafeString:
    return format_html("{} <small>{}</small>", obj.distributor.name, obj.distributor.code)


@admin.register(LevelChange)
class LevelChangeAdmin(ReadOnlyAdmin):
    story_url = "console:level_change"
    list_display = ["person", "before", "after", "cause", "reason", "pinned_until", "changed_at"]
    list_select_related = ["distributor", "old_level", "new_level", "event"]
    list_filter = [
        ("cause", ChoicesDropdownFilter),
        ("new_level", RelatedDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("event__effective_at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "distributor__name", "event__reason"]
    search_help_text = _("Code, name or reason")
    ordering = ["-pk"]

    @display(description=_("distributor"), ordering="distributor__code")
    def person(self, change: LevelChange) -> SafeString:
        return _person(change)

    @display(description=_("before"))
    def before(self, change: LevelChange) -> Any:
        return level_badge(change.old_level) or "—"

    @display(description=_("after"))
    def after(self, change: LevelChange) -> Any:
        return level_badge(change.new_level) or "—"

    @display(description=_("reason"))
    def reason(self, change: LevelChange) -> str:
        return change.event.reason or "—"

    @display(description=_("effective"), ordering="event__effective_at")
    def changed_at(self, change: LevelChange) -> Any:
        return change.event.effective_at


@admin.register(LevelGrace)
class LevelGraceAdmin(ReadOnlyAdmin):
    story_url = "console:level_grace"
    list_display = ["person", "badge_column", "since", "until", "outcome", "ended_on"]
    list_select_related = ["distributor", "level"]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("level", RelatedDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
    ]
    search_fields = ["distributor__code", "distributor__name"]
    search_help_text = _("Code or name")
    ordering = ["-pk"]

    @display(description=_("distributor"), ordering="distributor__code")
    def person(self, grace: LevelGrace) -> SafeString:
        return _person(grace)

    @display(description=_("level"))
    def badge_column(self, grace: LevelGrace) -> SafeString | str:
        return level_badge(grace.level)
