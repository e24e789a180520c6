"""Steps of an order."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console.forms.fields import moment_field, yes_field


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


def restock_field() -> forms.BooleanField:
    """Whether the goods of a refund can be sold again."""
    return yes_field(
        _("Put the pieces back into stock"),
        _("They go to the warehouse that the order took them from. Orders of files took none."),
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
    restock = restock_field()
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )


class CompleteRefundForm(forms.Form):
    restock = restock_field()
