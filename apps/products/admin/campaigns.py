"""Campaigns with their goods."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import ConsoleAdmin, ConsoleInline, DayRangeFilter, MomentInput, display
from apps.products.models import Campaign, CampaignLine
from apps.products.services.campaigns import save_campaign, set_campaign_goods

VALUES = [
    "code",
    "name",
    "announced_at",
    "starts_at",
    "ends_at",
    "description",
    "return_terms",
    "extra_commission",
]
STATES = {
    "planned": _("planned"),
    "announced": pgettext_lazy("state", "announced"),
    "running": _("running"),
    "ended": _("over"),
    "stopped": _("stopped"),
}
COLOURS = {
    "planned": "info",
    "announced": "warning",
    "running": "success",
    "ended": "default",
    "stopped": "danger",
}


class CampaignLineInline(ConsoleInline):
    model = CampaignLine
    fields = ["sku", "price"]
    autocomplete_fields = ["sku"]
    can_delete = True
    min_num = 1


@admin.register(Campaign)
class CampaignAdmin(ConsoleAdmin):
    list_display = ["name", "code", "state", "starts_at", "ends_at", "announced_at", "goods"]
    list_filter = [("starts_at", DayRangeFilter)]
    search_fields = ["name", "code", "lines__sku__code", "lines__sku__product__name"]
    search_help_text = _("Name, code, SKU or product")
    ordering = ["-starts_at", "-pk"]
    fields = [*VALUES, "state_now", "stop"]
    readonly_fields = ["state_now", "stop"]
    inlines = [CampaignLineInline]

    @display(description=_("status"), label=COLOURS)
    def state(self, campaign: Campaign) -> tuple[str, str]:
        state = campaign.state_at(timezone.now())
        return state, STATES[state]

    @display(description=_("status"))
    def state_now(self, campaign: Campaign) -> str:
        return "—" if campaign.pk is None else STATES[campaign.state_at(timezone.now())]

    @display(description=_("end early"))
    def stop(self, campaign: Campaign) -> str:
        if campaign.pk is None or campaign.state_at(timezone.now()) in ("stopped", "ended"):
            return "—"
        address = reverse("console:stop_campaign", args=[campaign.pk])
        return format_html('<a href="{}">{}</a>', address, _("Stop this campaign"))

    @display(description=_("goods"))
    def goods(self, campaign: Campaign) -> int:
        return campaign.line_count or 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        lines = CampaignLine.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
        count = lines.annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(line_count=Subquery(count))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("announced_at", "starts_at", "ends_at"):
            return forms.DateTimeField(
                label=db_field.verbose_name,
                widget=MomentInput(),
                initial=timezone.localtime() if db_field.name == "announced_at" else None,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Campaign, form: forms.Form, change: bool
    ) -> None:
        saved = save_campaign(
            merchant=obj.merchant if change else request.merchant,
            campaign=obj if change else None,
            **{name: form.cleaned_data[name] for name in VALUES},
        )
        self.adopt(obj, saved)
        if saved.is_short_notice:
            messages.warning(
                request,
                gettext("Distributors hear of this campaign less than 30 days before it starts."),
            )

    def save_formset(
        self, request: HttpRequest, form: forms.Form, formset: Any, change: bool
    ) -> None:
        rows = [each.cleaned_data for each in formset.forms if each.cleaned_data]
        prices = {row["sku"]: row["price"] for row in rows if row.get("sku") and not row["DELETE"]}
        set_campaign_goods(campaign=form.instance, prices=prices)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
