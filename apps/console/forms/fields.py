"""Kinds of fields that several forms have."""

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldBooleanWidget,
)

from apps.core.admin_base import MomentInput


def moment_field(label, help_text="", required=False) -> forms.DateTimeField:
    """A moment in the merchant's time zone, to the minute."""
    return forms.DateTimeField(
        label=label, help_text=help_text, required=required, widget=MomentInput()
    )


def days_field(label, help_text, required=True, minimum=1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=minimum,
        widget=UnfoldAdminIntegerFieldWidget(),
    )


def yes_field(label, help_text="") -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=help_text, required=False, widget=UnfoldBooleanWidget()
    )
