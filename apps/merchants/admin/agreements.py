"""The agreement's versions, the one draft, and who accepted what."""

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.core.admin_base import (
    ConsoleAdmin,
    ConsoleForm,
    DayRangeFilter,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
    display,
)
from apps.merchants.models import Agreement, AgreementAcceptance
from apps.merchants.services import save_agreement_draft


class AgreementForm(ConsoleForm):
    class Meta:
        model = Agreement
        fields = ["title", "text"]
        widgets = {
            "title": UnfoldAdminTextInputWidget(),
            "text": UnfoldAdminTextareaWidget(attrs={"rows": 24}),
        }
        help_texts = {
            "text": _(
                "Plain text; an empty line begins a paragraph. It is read once you publish it."
            )
        }


@admin.register(Agreement)
class AgreementAdmin(ConsoleAdmin):
    """At most one draft; what is published can only be read."""

    form = AgreementForm
    list_display = ["version", "title", "published_at", "published_by", "accepted_by", "publish"]
    list_display_links = ["version", "title"]
    list_select_related = ["published_by"]
    # The draft, which has no number, stands above the newest version.
    ordering = ["-pk"]
    search_fields = ["title", "text"]
    fields = ["title", "text"]

    @display(description=_("version"))
    def version(self, agreement: Agreement) -> str:
        return capfirst(agreement.version_name)

    @display(description=_("acceptances"))
    def accepted_by(self, agreement: Agreement) -> str:
        if agreement.is_draft:
            return "—"
        link = reverse("admin:merchants_agreementacceptance_changelist")
        return format_html(
            '<a href="{}?agreement__id__exact={}">{}</a>',
            link,
            agreement.pk,
            agreement.acceptance_count or 0,
        )

    @display(description="")
    def publish(self, agreement: Agreement) -> str:
        if not agreement.is_draft:
            return ""
        link = reverse("console:publish_agreement", args=[agreement.pk])
        return format_html('<a href="{}">{}</a>', link, _("Publish"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        rows = AgreementAcceptance.objects.filter(agreement=OuterRef("pk")).order_by()
        count = rows.values("agreement").annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(acceptance_count=Subquery(count))

    def has_change_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.is_draft)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if request.merchant is not None and self.has_add_permission(request):
            draft = Agreement.objects.filter(published_at=None).first()
            if draft is not None:
                return redirect("admin:merchants_agreement_change", draft.pk)
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        """A new draft starts from the version in force."""
        newest = Agreement.objects.filter(number__isnull=False).order_by("-number").first()
        return {"title": newest.title, "text": newest.text} if newest else {}

    def save_model(
        self, request: HttpRequest, obj: Agreement, form: forms.Form, change: bool
    ) -> None:
        merchant = obj.merchant if change else request.merchant
        values = {name: form.cleaned_data[name] for name in self.fields}
        self.adopt(obj, save_agreement_draft(merchant=merchant, **values))


@admin.register(AgreementAcceptance)
class AgreementAcceptanceAdmin(ReadOnlyAdmin):
    list_display = ["user", "phone", "agreement", "accepted_at", "device", "address_mark"]
    list_select_related = ["user", "agreement"]
    list_filter = [("agreement", RelatedDropdownFilter), ("accepted_at", DayRangeFilter)]
    search_fields = ["user__name", "user__phone", "user__email"]
    search_help_text = _("Name, phone or e-mail")
    ordering = ["-accepted_at", "-pk"]
    fields = ["user", "agreement", "accepted_at", "device", "address_hash"]

    @display(description=_("phone"))
    def phone(self, acceptance: AgreementAcceptance) -> str:
        return str(acceptance.user.phone or acceptance.user.email)

    @display(description=_("address (hashed)"))
    def address_mark(self, acceptance: AgreementAcceptance) -> str:
        return acceptance.address_mark or "—"
