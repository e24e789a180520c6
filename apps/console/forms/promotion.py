"""What the merchant decides about promotion."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.console.forms.fields import days_field


class PromotionPolicyForm(forms.Form):
    retention_days = days_field(
        _("Days clicks keep their evidence"),
        _("From 366 to 3650; usually 400."),
    )
    slogan = forms.CharField(
        label=_("Slogan on posters"),
        max_length=40,
        required=False,
        help_text=_("For products without a selling point of their own, and for shops."),
        widget=UnfoldAdminTextInputWidget(),
    )
