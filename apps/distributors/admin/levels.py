"""The list of levels and its form."""

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ImportExportAdmin,
    display,
)
from apps.distributors.models import Distributor, Level
from apps.distributors.resources import (
    LevelExport,
    LevelImport,
)
from apps.distributors.services.levels import save_level


@admin.register(Level)
class LevelAdmin(ImportExportAdmin):
    import_resource = LevelImport
    export_resource = LevelExport
    fields = ["code", "name", "rank"]
    list_display = ["name", "code", "rank", "people"]
    search_fields = ["name", "code"]
    ordering = ["-rank"]

    def get_readonly_fields(self, request: HttpRequest, obj: Level | None = None) -> list[str]:
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Level, form: forms.Form, change: bool) -> None:
        saved = save_level(
            merchant=obj.merchant if change else request.merchant,
            level=obj if change else None,
            code=obj.code,
            name=obj.name,
            rank=obj.rank,
        )
        self.adopt(obj, saved)

    @display(description=_("distributors"))
    def people(self, level: Level) -> int:
        return level.people or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Level]:
        people = Distributor.objects.filter(level=OuterRef("pk")).order_by().values("level")
        return (
            super()
            .get_queryset(request)
            .annotate(people=Subquery(people.annotate(n=Count("pk")).values("n")))
        )
