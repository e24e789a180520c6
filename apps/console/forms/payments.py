"""Payments needing attention, proofs of transfer, and how a merchant's customers pay."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.console.forms.fields import moment_field
from apps.payments.models import PaymentSettings


class ConfirmProofForm(forms.Form):
    paid_at = moment_field(_("Arrived at"), _("Empty: now."))


class PaymentSettingsForm(forms.ModelForm):
    """Ways to pay and the account for transfers."""

    class Meta:
        model = PaymentSettings
        fields = [
            "wechat_on",
            "alipay_on",
            "minutes_to_pay",
            "returns_stray_money",
            "transfer_on",
            "account_name",
            "bank_name",
            "account_number",
            "transfer_note",
        ]
        widgets = {
            "wechat_on": UnfoldBooleanWidget(),
            "alipay_on": UnfoldBooleanWidget(),
            "minutes_to_pay": UnfoldAdminIntegerFieldWidget(),
            "returns_stray_money": UnfoldBooleanWidget(),
            "transfer_on": UnfoldBooleanWidget(),
            "account_name": UnfoldAdminTextInputWidget(),
            "bank_name": UnfoldAdminTextInputWidget(),
            "account_number": UnfoldAdminTextInputWidget(),
            "transfer_note": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
