"""Coupons: what they give, how often they were used, and what that brought."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    ConsoleInline,
    DayRangeFilter,
    DropdownFilter,
    ExportAdmin,
    MomentInput,
    ReadOnlyAdmin,
    display,
    money_column,
)
from apps.core.templatetags.money_display import money_text
from apps.orders.models import Coupon, CouponGoods, CouponUse
from apps.orders.resources import CouponExport, CouponUseExport
from apps.orders.selectors.coupon_words import offer_words
from apps.orders.selectors.coupons import with_figures
from apps.orders.services.coupon_terms import FIELDS, save_coupon, set_coupon_goods
from apps.orders.services.level_goods import Goods

STATES = {
    "planned": pgettext_lazy("coupon", "planned"),
    "running": pgettext_lazy("coupon", "valid"),
    "used_up": pgettext_lazy("coupon", "used up"),
    "ended": pgettext_lazy("coupon", "over"),
    "stopped": pgettext_lazy("coupon", "stopped"),
}
COLOURS = {
    "planned": "info",
    "running": "success",
    "used_up": "warning",
    "ended": "default",
    "stopped": "danger",
}
MOMENTS = ("starts_at", "ends_at")


class StateFilter(DropdownFilter):
    """How a coupon stands now."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in STATES:
            return queryset
        now = timezone.now()
        stopped, over = Q(stopped_at__lte=now), Q(ends_at__lte=now)
        planned, full = Q(starts_at__gt=now), Q(used__gte=F("total_uses"))
        # Each state is what the ones before it are not, as `Coupon.state_at` says.
        found = {"stopped": stopped, "ended": over, "planned": planned, "used_up": full}
        queryset = queryset.order_by()
        for state, condition in found.items():
            matching = queryset.filter(condition)
            if self.value() == state:
                return matching
            queryset = queryset.exclude(pk__in=matching.values("pk"))
        return queryset


class CouponGoodsInline(ConsoleInline):
    model = CouponGoods
    fields = ["category", "product"]
    autocomplete_fields = ["category", "product"]
    can_delete = True
    verbose_name_plural = _("goods it is for; none: everything")


@admin.register(Coupon)
class CouponAdmin(ExportAdmin):
    export_resource = CouponExport
    list_display = [
        "code_column", "name", "state", "offer", "uses", "given_column", "sales_column",
        "starts_at", "ends_at", "shop",
    ]  # fmt: skip
    list_select_related = ["shop"]
    list_filter = [
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("shop", AutocompleteSelectFilter),
        ("starts_at", DayRangeFilter),
        ("ends_at", DayRangeFilter),
    ]
    search_fields = ["code", "name", "shop__code", "shop__name"]
    search_help_text = _("Code, name or distributor")
    ordering = ["-created_at", "-pk"]
    fields = [*FIELDS, "state_now", "figures", "stop"]
    readonly_fields = ["state_now", "figures", "stop"]
    autocomplete_fields = ["shop"]
    inlines = [CouponGoodsInline]

    given_column = money_column("given", _("took off"))
    sales_column = money_column("sales", _("sales with it"))

    @display(description=pgettext_lazy("coupon", "code"), ordering="code")
    def code_column(self, coupon: Coupon) -> str:
        # In one piece: a line may break at a hyphen.
        return format_html('<span class="c-num">{}</span>', coupon.code)

    @display(description=_("status"), label=COLOURS)
    def state(self, coupon: Coupon) -> tuple[str, Any]:
        state = coupon.state_at(timezone.now())
        return state, STATES[state]

    @display(description=_("takes off"))
    def offer(self, coupon: Coupon) -> str:
        return offer_words(coupon)

    @display(description=_("uses"), ordering="used")
    def uses(self, coupon: Coupon) -> str:
        return f"{coupon.used} / {'∞' if coupon.total_uses is None else coupon.total_uses}"

    @display(description=_("status"))
    def state_now(self, coupon: Coupon) -> str:
        return "—" if coupon.pk is None else STATES[coupon.state_at(timezone.now())]

    @display(description=_("used so far"))
    def figures(self, coupon: Coupon) -> str:
        if coupon.pk is None:
            return "—"
        currency = coupon.merchant.currency
        words = _("orders: %(uses)s · taken off: %(given)s · sold: %(sales)s") % {
            "uses": coupon.used,
            "given": money_text(coupon.given, currency),
            "sales": money_text(coupon.sales, currency),
        }
        address = f"{reverse('admin:orders_couponuse_changelist')}?coupon__id__exact={coupon.pk}"
        return format_html('<a href="{}">{}</a>', address, words)

    @display(description=_("end early"))
    def stop(self, coupon: Coupon) -> str:
        if coupon.pk is None or coupon.state_at(timezone.now()) in ("stopped", "ended"):
            return "—"
        address = reverse("console:stop_coupon", args=[coupon.pk])
        return format_html('<a href="{}">{}</a>', address, _("Stop this coupon"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return with_figures(super().get_queryset(request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in MOMENTS:
            return forms.DateTimeField(
                label=capfirst(db_field.verbose_name),
                help_text=db_field.help_text,
                required=db_field.name == "starts_at",
                widget=MomentInput(),
                initial=timezone.localtime() if db_field.name == "starts_at" else None,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Coupon, form: forms.Form, change: bool) -> None:
        saved = save_coupon(
            merchant=obj.merchant if change else request.merchant,
            coupon=obj if change else None,
            **{name: form.cleaned_data[name] for name in FIELDS},
        )
        self.adopt(obj, saved)

    def save_formset(
        self, request: HttpRequest, form: forms.Form, formset: Any, change: bool
    ) -> None:
        rows = [each.cleaned_data for each in formset.forms if each.cleaned_data]
        kept = [row for row in rows if not row["DELETE"]]
        goods = Goods(
            categories=[row["category"] for row in kept if row.get("category")],
            products=[row["product"] for row in kept if row.get("product")],
        )
        set_coupon_goods(coupon=form.instance, goods=goods)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


@admin.register(CouponUse)
class CouponUseAdmin(ExportAdmin, ReadOnlyAdmin):
    """The orders placed with coupons; a row leads to its order."""

    story_url = "console:order"
    export_resource = CouponUseExport
    list_display = ["order_no", "coupon", "customer", "state", "discount_column", "used_at"]
    list_select_related = ["order", "coupon", "customer"]
    list_filter = [
        ("coupon", AutocompleteSelectFilter),
        ("used_at", DayRangeFilter),
    ]
    search_fields = ["order__order_no", "coupon__code", "customer__identifier", "customer__name"]
    search_help_text = _("Order number, coupon or customer")
    ordering = ["-used_at", "-pk"]

    discount_column = money_column("discount", _("took off"))

    def story_of(self, obj: CouponUse) -> int:
        return obj.order_id

    @display(description=_("order"), ordering="order__order_no")
    def order_no(self, use: CouponUse) -> str:
        return use.order.order_no

    @display(description=_("status"), label={"used": "success", "returned": "default"})
    def state(self, use: CouponUse) -> tuple[str, Any]:
        if use.returned_at is None:
            return "used", pgettext_lazy("coupon", "used")
        return "returned", pgettext_lazy("coupon", "given back")
