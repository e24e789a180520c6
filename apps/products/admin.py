"""Categories, products and their SKUs."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import ReadOnlyAdmin, RelatedDropdownFilter, display
from apps.products.models import Category, Product


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["name", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    ordering = ["tree_id", "lft"]


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ["picture", "name", "code", "category", "is_listed"]
    list_display_links = ["picture", "name"]
    list_select_related = ["category"]
    list_filter = [("category", RelatedDropdownFilter), "is_listed"]
    search_fields = ["name", "code", "skus__code"]
    ordering = ["-created_at", "-pk"]

    @display(description=_("image"))
    def picture(self, product: Product) -> str:
        if not product.image:
            return format_html('<span class="c-picture" aria-hidden="true"></span>')
        return format_html('<img class="c-picture" src="{}" alt="">', product.image.url)
