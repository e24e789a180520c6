"""Distributors as a list. One distributor's story is a page of the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ImportExportAdmin,
    RelatedDropdownFilter,
    StoryChangeList,
    display,
    state_column,
)
from apps.core.pages import BoundedPaginator
from apps.distributors.models import Distributor
from apps.distributors.resources import (
    DistributorExport,
    DistributorImport,
)
from apps.distributors.selectors import child_counts, named_exactly
from apps.distributors.services.registration import register_distributor


class PeopleChangeList(StoryChangeList):
    """Counts the people below once the page is known, not for everybody who might be on it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = child_counts([each.pk for each in self.result_list])
        for each in self.result_list:
            each.child_count = counts.get(each.pk, 0)


@admin.register(Distributor)
class DistributorAdmin(ImportExportAdmin):
    """A flat list, the newest first; the tree itself opens branch by branch on the console."""

    story_url = "console:distributor"
    import_resource = DistributorImport
    export_resource = DistributorExport
    list_display = [
        "name",
        "code",
        "level",
        "state",
        "upline",
        "direct",
        "phone",
        "joined_at",
    ]
    list_select_related = ["level", "parent"]
    list_filter = [
        ("level", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("parent", AutocompleteSelectFilter),
        ("joined_at", DayRangeFilter),
    ]
    search_fields = ["code", "name", "phone", "shop_code"]
    search_help_text = _("Code, name or phone")
    ordering = ["-pk"]
    # What an index or a quick sort answers, however many people there are.
    sortable_by = ["code", "joined_at"]
    fields = ["code", "name", "phone", "level", "parent", "joined_at"]
    autocomplete_fields = ["parent"]

    state = state_column("status", _("status"))

    @display(description=_("upline"), ordering="parent__code")
    def upline(self, distributor: Distributor) -> str:
        return str(distributor.parent) if distributor.parent else "—"

    @display(description=_("direct"))
    def direct(self, distributor: Distributor) -> str:
        link = reverse("console:branch", args=[distributor.pk])
        return format_html('<a class="c-link" href="{}">{}</a>', link, distributor.child_count)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PeopleChangeList

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> BoundedPaginator:
        paginator = BoundedPaginator(*args, **kwargs)
        page = request.GET.get(PAGE_VAR, "")
        paginator.reach = int(page) if page.isdecimal() and len(page) < 7 else 1
        return paginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Distributor], search_term: str
    ) -> tuple[QuerySet[Distributor], bool]:
        """Who is named exactly, through an index; else whoever the text is a part of."""
        named = queryset.filter(named_exactly(search_term)) if search_term.strip() else queryset
        if search_term.strip() and named.exists():
            return named, False
        return super().get_search_results(request, queryset, search_term)

    def save_model(
        self, request: HttpRequest, obj: Distributor, form: forms.Form, change: bool
    ) -> None:
        values: dict[str, Any] = {name: form.cleaned_data[name] for name in self.fields}
        self.adopt(
            obj, register_distributor(merchant=request.merchant, actor=request.user, **values)
        )
