"""Saved rankings as a list; one of them is a page of the console."""

from django.contrib import admin

from apps.core.admin_base import DayRangeFilter, ReadOnlyAdmin
from apps.insights.models import RankingSnapshot


@admin.register(RankingSnapshot)
class RankingSnapshotAdmin(ReadOnlyAdmin):
    story_url = "console:saved_ranking"
    list_display = ["__str__", "people", "taken_at", "actor"]
    list_select_related = ["actor"]
    list_filter = [("taken_at", DayRangeFilter)]
    ordering = ["-date_to", "-pk"]
