"""The merchant's own settings and its staff; platform owners see and make all merchants."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from apps.accounts.services import get_or_create_user
from apps.core.admin_base import (
    ChoicesDropdownFilter,
    ConsoleAdmin,
    ConsoleForm,
    display,
)
from apps.core.attachments import MAX_BYTES, Upload
from apps.core.templatetags.money_display import money_text
from apps.merchants.models import Merchant, StaffMembership
from apps.merchants.services import (
    SETTINGS,
    add_staff,
    create_merchant,
    remove_staff,
    set_merchant_logo,
    update_merchant,
)

FIXED = ["code", "currency"]


class NewMerchantForm(ConsoleForm):
    operator_phone = forms.CharField(
        label=_("Owner's phone"),
        required=False,
        help_text=_("Whoever has this number owns the merchant; an account is made if needed."),
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = Merchant
        fields = ["code", "name", "currency", "time_zone", "operator_phone"]


@admin.register(Merchant)
class MerchantAdmin(ConsoleAdmin):
    is_of_merchant = False
    list_display = ["name", "code", "currency", "time_zone", "minimum", "is_active"]
    search_fields = ["name", "code"]
    ordering = ["code"]
    fields = [
        "name",
        "code",
        "currency",
        "time_zone",
        "withdrawal_minimum",
        "logo",
        "shop_notice",
        "payment_instructions",
        "refuse_duplicates",
        "is_active",
    ]
    readonly_fields = FIXED

    @display(description=_("smallest withdrawal"), ordering="withdrawal_minimum")
    def minimum(self, merchant: Merchant) -> str:
        return money_text(merchant.withdrawal_minimum, merchant.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        merchants = super().get_queryset(request)
        return merchants.filter(pk=request.merchant.pk) if request.merchant else merchants

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type:
        return super().get_form(
            request, obj, **({} if obj else {"form": NewMerchantForm}), **kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.fields if obj else NewMerchantForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        # Closing a merchant is the platform's business.
        closed = [] if request.user.is_superuser else ["is_active"]
        return [*FIXED, *closed] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Merchant, form: forms.Form, change: bool
    ) -> None:
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            saved = update_merchant(
                merchant=obj, **{name: values[name] for name in values.keys() & SETTINGS}
            )
            if "logo" in values:
                saved = set_merchant_logo(merchant=saved, logo=_upload(values["logo"]))
        else:
            saved = create_merchant(**form.cleaned_data)
        self.adopt(obj, saved)


def _upload(file: Any) -> Upload | None:
    """What was handed in; nothing where the box to clear it was ticked."""
    if not file:
        return None
    file.seek(0)
    return Upload(file.name, file.read(MAX_BYTES + 1))


class StaffForm(ConsoleForm):
    """Somebody is found by phone or e-mail; an account is made if there is none."""

    phone = forms.CharField(label=_("Phone"), required=False, widget=UnfoldAdminTextInputWidget())
    email = forms.EmailField(label=_("E-mail"), required=False, widget=UnfoldAdminTextInputWidget())
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, widget=UnfoldAdminTextInputWidget()
    )

    vouched = forms.BooleanField(
        label=_("I have called this number: the account is theirs"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Only asked of accounts that were opened on a public page."),
    )

    class Meta:
        model = StaffMembership
        fields = ["phone", "email", "name", "role", "vouched"]


@admin.register(StaffMembership)
class StaffMembershipAdmin(ConsoleAdmin):
    list_display = ["user", "role", "sign_in", "created_at", "first_password"]
    list_select_related = ["user"]
    list_filter = [("role", ChoicesDropdownFilter)]
    search_fields = ["user__name", "user__phone", "user__email"]
    search_help_text = _("Name, phone or e-mail")
    ordering = ["pk"]
    fields = ["user", "role"]
    readonly_fields = ["user"]

    @display(description=_("signs in with"))
    def sign_in(self, membership: StaffMembership) -> str:
        return str(membership.user.phone or membership.user.email)

    @display(description="")
    def first_password(self, membership: StaffMembership) -> str:
        if membership.user.has_usable_password():
            return ""
        link = reverse("console:give_staff_sign_in", args=[membership.pk])
        return format_html('<a href="{}">{}</a>', link, _("Give sign-in"))

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type:
        return super().get_form(request, obj, **({} if obj else {"form": StaffForm}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.fields if obj else StaffForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.readonly_fields if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # One by one, from the person's page: the service refuses the last owner.
        return obj is not None and request.user.has_perm("merchants.delete_staffmembership")

    def save_model(
        self, request: HttpRequest, obj: StaffMembership, form: forms.Form, change: bool
    ) -> None:
        values = form.cleaned_data
        user = (
            obj.user
            if change
            else get_or_create_user(
                phone=values["phone"], email=values["email"], name=values["name"]
            )
        )
        merchant = obj.merchant if change else request.merchant
        saved = add_staff(
            merchant=merchant, user=user, role=values["role"], vouched=bool(values.get("vouched"))
        )
        self.adopt(obj, saved)

    def delete_model(self, request: HttpRequest, obj: StaffMembership) -> None:
        remove_staff(membership=obj)
