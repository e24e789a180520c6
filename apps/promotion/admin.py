"""Clicks and links as lists, and the material library."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    ConsoleAdmin,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
)
from apps.core.attachments import IMAGE
from apps.promotion.forms import MaterialForm
from apps.promotion.models import Click, Material, PromoLink
from apps.promotion.selectors.materials import with_uses
from apps.promotion.services.materials import FIELDS, save_material


@admin.register(Click)
class ClickAdmin(ReadOnlyAdmin):
    list_display = ["at", "distributor", "customer", "link", "target", "referrer_host", "device"]
    list_select_related = ["distributor", "customer", "link"]
    list_filter = [
        ("device", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("link", AutocompleteSelectFilter),
        ("at", DayRangeFilter),
    ]
    search_fields = ["distributor__code", "customer__identifier", "referrer_host"]
    search_help_text = _("Distributor's code, customer's phone, or where from")
    ordering = ["-at", "-pk"]
    fields = [
        "at", "distributor", "customer", "link", "target", "referrer_host", "device", "visitor",
        "address_hash", "is_deciding", "forgotten_at",
    ]  # fmt: skip


@admin.register(PromoLink)
class PromoLinkAdmin(ReadOnlyAdmin):
    story_url = "console:promo_link"
    list_display = ["__str__", "distributor", "kind", "material", "created_at", "state"]
    list_select_related = ["distributor", "material"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("material", AutocompleteSelectFilter),
        ("created_at", DayRangeFilter),
    ]
    search_fields = ["code", "distributor__code", "distributor__name"]
    search_help_text = _("Code of the link, distributor's code or name")
    ordering = ["-created_at", "-pk"]

    @display(
        description=_("state"), label={"open": "success", "expired": "warning", "off": "danger"}
    )
    def state(self, link: PromoLink) -> tuple[str, Any]:
        if link.revoked_at is not None:
            return "off", _("switched off")
        if link.is_open_at(timezone.now()):
            return "open", pgettext_lazy("link", "works")
        return "expired", _("expired")


@admin.register(Material)
class MaterialAdmin(ConsoleAdmin):
    form = MaterialForm
    list_display = [
        "title", "kind", "product", "is_published", "visible_until", "copies", "saves",
        "updated_at",
    ]  # fmt: skip
    list_select_related = ["product"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        "is_published",
        ("product", AutocompleteSelectFilter),
        ("campaign", AutocompleteSelectFilter),
        "is_exclusive",
    ]
    search_fields = ["title", "text", "product__name"]
    search_help_text = _("Words of title or text, or the product")
    ordering = ["-updated_at", "-pk"]
    autocomplete_fields = ["product", "category", "campaign", "from_level"]
    readonly_fields = ["kept"]

    @display(description=_("copied"), ordering="copies")
    def copies(self, material: Material) -> int:
        return material.copies

    @display(description=_("saved"), ordering="saves")
    def saves(self, material: Material) -> int:
        return material.saves

    @display(description=_("files now"))
    def kept(self, material: Material) -> str:
        files = material.files.filter(removed_at__isnull=True).order_by("pk") if material.pk else ()
        shown = format_html_join("", "{}", ((_file(each),) for each in files))
        return format_html('<span class="c-gallery">{}</span>', shown) if shown else "—"

    def get_fields(self, request: HttpRequest, obj: Material | None = None) -> list[str]:
        whole = [
            "kind", "title", "text", "product", "category", "campaign", "is_exclusive",
            "from_level", "visible_from", "visible_until", "is_published", "kept",
        ]  # fmt: skip
        if not self.has_change_permission(request, obj):
            return whole
        return [*whole, "files", "remove"] if obj else [*whole[:-1], "files"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Material]:
        return with_uses(super().get_queryset(request))

    def save_model(
        self, request: HttpRequest, obj: Material, form: forms.Form, change: bool
    ) -> None:
        values = {name: form.cleaned_data[name] for name in FIELDS}
        saved = save_material(
            merchant=obj.merchant if change else request.merchant,
            material=obj if change else None,
            files=form.cleaned_data["files"],
            remove=form.cleaned_data.get("remove") or (),
            **values,
        )
        self.adopt(obj, saved)


def _file(each: Any) -> str:
    address = reverse("console:material_file", args=[each.pk])
    if each.kind == IMAGE:
        return format_html('<a href="{0}"><img src="{0}" alt="{1}"></a>', address, each.name)
    return format_html('<a href="{}"><span>{}</span></a>', address, each.name)
