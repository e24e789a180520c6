"""A distributor's level and upline."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from apps.console.forms.fields import moment_field
from apps.console.forms.steps import ReasonForm
from apps.core.admin_base import DayInput
from apps.distributors.models import Distributor, Level


class LevelForm(ReasonForm):
    level = forms.ModelChoiceField(
        label=_("New level"),
        queryset=Level.objects.none(),
        required=False,
        empty_label=_("No level"),
        widget=UnfoldAdminSelectWidget(),
    )
    pinned_until = forms.DateField(
        label=_("Pinned until"),
        required=False,
        widget=DayInput(),
        help_text=_(
            "Up to and with this day the nightly review leaves the level alone. Empty: the next "
            "review may change it again."
        ),
    )
    field_order = ["level", "pinned_until", "reason"]

    def __init__(self, *args, levels=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = levels


class ChangeUplineForm(ReasonForm):
    """Under whom somebody is to stand, chosen before; a reason, and from when on."""

    TOP = "top"

    effective_at = moment_field(
        _("Takes effect"),
        _("Empty: as soon as it may be. Orders paid from then on count the new upline."),
    )
    to = forms.CharField(widget=forms.HiddenInput())
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput())

    def clean_to(self):
        to = self.cleaned_data["to"]
        if to == self.TOP:
            return None
        found = Distributor.objects.filter(pk=to).first() if to.isdecimal() else None
        if found is None:
            raise forms.ValidationError(_("Choose the new upline again."))
        return found


class UndoMoveForm(ReasonForm):
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput())


class MovePolicyForm(forms.Form):
    approval_above = forms.IntegerField(
        label=_("Largest team moved without approval"),
        min_value=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("People, the one who is moved included. 0: every move needs approval."),
    )
