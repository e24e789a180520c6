"""Steps of an order."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console.forms.fields import moment_field


class ConfirmPaymentForm(forms.Form):
    paid_at = moment_field(_("Paid at"), _("Empty: now."))


class ShipForm(forms.Form):
    tracking_number = forms.CharField(
        label=_("Parcel number"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )


class CompleteForm(forms.Form):
    completed_at = moment_field(
        _("Received at"), _("Empty: now. The hold of the commissions starts here.")
    )


class RefundForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=15,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}),
    )
    quantity = forms.IntegerField(
        label=_("Pieces"),
        min_value=1,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Empty when no goods come back."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )
