"""Categories, products and their SKUs; every change goes through the services."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Field, Min, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ConsoleAdmin,
    ConsoleInline,
    ImportExportAdmin,
    RelatedDropdownFilter,
    display,
    money_column,
)
from apps.core.fields import MoneyField
from apps.core.resources import MerchantCsv, MerchantXlsx
from apps.products.models import Category, Product, Sku
from apps.products.resources import ProductExport, ProductImport, ProductZip
from apps.products.services.catalogue import save_product, save_sku
from apps.products.services.categories import delete_category, save_category
from apps.products.services.images import remove_product_image, set_product_image

SKU_VALUES = ["code", "combination", "price", "cost", "stock"]
PRODUCT_TEXTS = ["code", "name", "category", "summary", "description", "is_listed"]


@admin.register(Category)
class CategoryAdmin(ConsoleAdmin):
    """The whole tree in its order, indented: a merchant has dozens, not thousands."""

    list_display = ["indented_name", "products"]
    search_fields = ["name"]
    ordering = ["tree_id", "lft"]
    sortable_by = []
    list_per_page = 200
    fields = ["name", "parent"]

    @display(description=_("name"))
    def indented_name(self, category: Category) -> str:
        if not category.level:
            return category.name
        return format_html(
            '<span class="c-depth" aria-hidden="true">{}└ </span>{}',
            "　" * (category.level - 1),
            category.name,
        )

    @display(description=_("products"))
    def products(self, category: Category) -> int:
        return category.product_count or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        products = Product.objects.filter(category=OuterRef("pk")).order_by().values("category")
        return (
            super()
            .get_queryset(request)
            .annotate(product_count=Subquery(products.annotate(n=Count("pk")).values("n")))
        )

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        # One by one, from its page: the service refuses a category that is not empty.
        return obj is not None and request.user.has_perm("products.delete_category")

    def save_model(
        self, request: HttpRequest, obj: Category, form: forms.Form, change: bool
    ) -> None:
        saved = save_category(
            merchant=obj.merchant if change else request.merchant,
            category=obj if change else None,
            name=form.cleaned_data["name"],
            parent=form.cleaned_data["parent"],
        )
        self.adopt(obj, saved)

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        delete_category(category=obj)


class SkuInline(ConsoleInline):
    model = Sku
    fields = [*SKU_VALUES, "story"]
    readonly_fields = ["story"]
    verbose_name_plural = _("SKUs")
    min_num = 1

    @display(description=_("stock and prices"))
    def story(self, sku: Sku) -> str:
        if sku.pk is None:
            return "—"
        return format_html('<a href="{}">{}</a>', reverse("console:sku", args=[sku.pk]), _("Open"))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "stock":
            # Compared with what the form showed: goods sold meanwhile are nobody's change.
            field.show_hidden_initial = True
        return field


@admin.register(Product)
class ProductAdmin(ImportExportAdmin):
    import_resource = ProductImport
    export_resource = ProductExport
    export_formats = [MerchantCsv, MerchantXlsx, ProductZip]
    list_display = ["picture", "name", "code", "category", "price", "stock", "is_listed"]
    list_display_links = ["picture", "name"]
    list_select_related = ["category"]
    list_filter = [("category", RelatedDropdownFilter), "is_listed"]
    search_fields = ["name", "code", "skus__code"]
    search_help_text = _("Name, product code or SKU")
    ordering = ["-created_at", "-pk"]
    fields = [*PRODUCT_TEXTS, "image", "preview", "more"]
    readonly_fields = ["preview", "more"]
    inlines = [SkuInline]

    price = money_column("price_from", _("price from"))

    @display(description=_("image"))
    def picture(self, product: Product) -> str:
        return _picture(product, "c-picture")

    @display(description=_("picture now"))
    def preview(self, product: Product) -> str:
        return _picture(product, "c-picture c-picture-large")

    @display(description=_("more"))
    def more(self, product: Product) -> str:
        if product.pk is None:
            return _("After saving: options with all their combinations, more pictures, a video.")
        pages = [
            (reverse("console:product_options", args=[product.pk]), _("Options and combinations")),
            (reverse("console:pictures", args=[product.pk]), _("Pictures and video")),
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', pages)

    @display(description=_("stock"), ordering="stock_total")
    def stock(self, product: Product) -> int:
        return product.stock_total or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        skus = Sku.objects.filter(product=OuterRef("pk")).order_by().values("product")
        return (
            super()
            .get_queryset(request)
            .annotate(
                price_from=Subquery(
                    skus.annotate(low=Min("price")).values("low"), output_field=MoneyField()
                ),
                stock_total=Subquery(skus.annotate(sum=Sum("stock")).values("sum")),
            )
        )

    def save_model(
        self, request: HttpRequest, obj: Product, form: forms.Form, change: bool
    ) -> None:
        values: dict[str, Any] = {name: form.cleaned_data[name] for name in PRODUCT_TEXTS}
        merchant = obj.merchant if change else request.merchant
        saved = save_product(merchant=merchant, product=obj if change else None, **values)
        image = form.cleaned_data.get("image")
        if isinstance(image, UploadedFile):
            image.seek(0)
            saved = set_product_image(product=saved, content=image.read())
        elif image is False:
            saved = remove_product_image(product=saved)
        self.adopt(obj, saved)

    def save_formset(
        self, request: HttpRequest, form: forms.Form, formset: Any, change: bool
    ) -> None:
        for sku_form in formset.forms:
            if not sku_form.has_changed():
                continue
            values = dict(sku_form.cleaned_data)
            known = values.pop("id", None)
            if known and "stock" not in sku_form.changed_data:
                values["stock"] = None
            save_sku(
                product=form.instance,
                sku=known,
                actor=request.user,
                **{name: values[name] for name in SKU_VALUES},
            )
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


def _picture(product: Product, css_class: str) -> str:
    if not product.image:
        return format_html('<span class="{}" aria-hidden="true"></span>', css_class)
    return format_html('<img class="{}" src="{}" alt="">', css_class, product.image.url)
