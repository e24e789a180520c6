"""Bindings as a list. One customer's story is a page of the console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
)
from apps.distributors.models import Binding, BindingAttempt, Customer


def customer_link(customer: Customer) -> str:
    """The customer, with the way to their page."""
    link = reverse("console:customer", args=[customer.pk])
    return format_html('<a href="{}">{}</a>', link, customer)


class StandingFilter(admin.SimpleListFilter):
    """In force now, or not any more."""

    title = _("standing now")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple]:
        return [("on", _("in force")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Binding]) -> QuerySet[Binding]:
        holding = Binding.objects.in_force_at(timezone.now()).values("pk")
        if self.value() == "on":
            return queryset.filter(pk__in=holding)
        return queryset.exclude(pk__in=holding) if self.value() == "over" else queryset


@admin.register(Binding)
class BindingAdmin(ReadOnlyAdmin):
    list_display = [
        "customer_column",
        "distributor",
        "way",
        "starts_at",
        "protected",
        "expires_at",
        "ended_at",
        "ending",
    ]
    list_display_links = ["starts_at"]
    list_select_related = ["customer", "distributor"]
    list_filter = [
        StandingFilter,
        ("way", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("starts_at", DayRangeFilter),
    ]
    search_fields = ["customer__identifier", "customer__name", "distributor__code"]
    search_help_text = _("Customer's phone or name, distributor's code")
    ordering = ["-starts_at", "-pk"]
    fields = [
        "customer", "distributor", "way", "policy", "starts_at", "protected_until", "expires_at",
        "reason", "actor", "ended_at", "ending", "ending_reason", "ended_by", "evidence",
    ]  # fmt: skip

    @display(description=_("customer"), ordering="customer__identifier")
    def customer_column(self, binding: Binding) -> str:
        return customer_link(binding.customer)

    @display(description=_("protected until"), ordering="protected_until")
    def protected(self, binding: Binding) -> object:
        return binding.protected_until or _("as long as it lasts")


@admin.register(BindingAttempt)
class BindingAttemptAdmin(ReadOnlyAdmin):
    list_display = ["customer_column", "holder", "distributor", "way", "at"]
    list_display_links = ["at"]
    list_select_related = ["binding__customer", "binding__distributor", "distributor"]
    list_filter = [
        ("way", ChoicesDropdownFilter),
        ("distributor", AutocompleteSelectFilter),
        ("at", DayRangeFilter),
    ]
    search_fields = ["binding__customer__identifier", "distributor__code", "distributor__name"]
    search_help_text = _("Customer's phone, distributor's code or name")
    ordering = ["-at", "-pk"]
    fields = ["binding", "distributor", "way", "at", "evidence"]

    @display(description=_("customer"), ordering="binding__customer__identifier")
    def customer_column(self, attempt: BindingAttempt) -> str:
        return customer_link(attempt.binding.customer)

    @display(description=_("bound to"), ordering="binding__distributor__code")
    def holder(self, attempt: BindingAttempt) -> str:
        return str(attempt.binding.distributor)
