"""What is asked before a step of any row is taken."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)


class ConfirmForm(forms.Form):
    """Nothing to fill in: the button is the answer."""


class VouchForm(forms.Form):
    """Somebody answers for a number that an account's owner only claims."""

    vouched = forms.BooleanField(
        label=_("I have called this number: the account is theirs"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Only asked of accounts that were opened on a public page."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget())


class OptionalReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )


class WriteOffForm(ReasonForm):
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=15,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}),
    )
    field_order = ["amount", "reason"]
