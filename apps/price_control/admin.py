"""Violations as a list, and a new one. One violation's story is a page of the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    ConsoleAdmin,
    DayRangeFilter,
    display,
)
from apps.core.templatetags.console_ui import STATE_COLOURS
from apps.price_control.forms import NewViolationForm
from apps.price_control.models import Violation
from apps.price_control.services.recording import record_violation


class StateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Violation.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Violation)
class ViolationAdmin(ConsoleAdmin):
    story_url = "console:violation"
    form = NewViolationForm
    list_display = [
        "__str__",
        "distributor",
        "kind",
        "state_text",
        "measure_text",
        "happened_at",
        "recorded_by",
    ]
    list_select_related = ["distributor", "measure", "recorded_by"]
    list_filter = [
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("measure__action", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("happened_at", DayRangeFilter),
    ]
    search_fields = [
        "distributor__code",
        "distributor__name",
        "distributor__phone",
        "description",
        "links",
    ]
    search_help_text = _("Distributor's code, name or phone, or words of the description")
    ordering = ["-happened_at", "-pk"]
    fields = [
        "distributor",
        "kind",
        "happened_at",
        "description",
        "links",
        "files",
        "key",
    ]
    autocomplete_fields = ["distributor"]

    @display(description=_("state"), label=STATE_COLOURS)
    def state_text(self, violation: Violation) -> tuple[str, str]:
        return violation.state, violation.state_label

    @display(description=_("measure"))
    def measure_text(self, violation: Violation) -> str:
        measure = getattr(violation, "measure", None)
        return str(measure) if measure else "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Violation]:
        return super().get_queryset(request).with_state()

    def save_model(
        self, request: HttpRequest, obj: Violation, form: forms.Form, change: bool
    ) -> None:
        values = {name: form.cleaned_data[name] for name in self.fields}
        request_key = values.pop("key").hex
        self.adopt(obj, record_violation(actor=request.user, request_key=request_key, **values))
