"""Places where orders are picked up."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin_base import (
    ConsoleAdmin,
)
from apps.distributors.models import Store
from apps.distributors.services.stores import save_store


@admin.register(Store)
class StoreAdmin(ConsoleAdmin):
    list_display = ["name", "code", "keeper", "address", "is_active"]
    list_select_related = ["keeper"]
    search_fields = ["name", "code", "keeper__code", "keeper__name"]
    ordering = ["code"]
    fields = ["code", "name", "keeper", "address", "is_active"]
    autocomplete_fields = ["keeper"]

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Store, form: forms.Form, change: bool) -> None:
        saved = save_store(
            merchant=obj.merchant if change else request.merchant,
            store=obj if change else None,
            code=obj.code,
            name=obj.name,
            keeper=obj.keeper,
            address=obj.address,
            is_active=obj.is_active,
        )
        self.adopt(obj, saved)
