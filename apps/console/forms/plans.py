"""Plans, and what is rehearsed with them."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.commissions.models import Plan
from apps.console.forms.fields import moment_field
from apps.core.admin_base import DayInput
from apps.distributors.models import Distributor


class PlanDocumentForm(forms.Form):
    """A plan document, typed or uploaded."""

    file = forms.FileField(
        label=_("JSON file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
        help_text=_("Or edit the document below."),
    )
    document = forms.CharField(
        label=_("Plan document"),
        required=False,
        widget=forms.Textarea(attrs={"class": "c-code", "spellcheck": "false"}),
    )

    def clean(self):
        cleaned = super().clean()
        file = cleaned.get("file")
        cleaned["content"] = file.read() if file else cleaned.get("document", "")
        if not cleaned["content"]:
            raise forms.ValidationError(_("Upload a file or fill in the document."))
        return cleaned


class ActivatePlanForm(forms.Form):
    effective_from = moment_field(
        _("Takes effect"), _("Orders paid from this moment on are computed with it. Empty: now.")
    )

    def __init__(
        self, *args, needs_acknowledgement: bool = False, can_lose_money: bool = False, **kwargs
    ):
        super().__init__(*args, **kwargs)
        if can_lose_money:
            self.fields["loses_money"] = forms.BooleanField(
                label=_("Activate anyway, although this plan can lose money."),
                widget=UnfoldBooleanWidget(),
            )
        if needs_acknowledgement:
            self.fields["acknowledged"] = forms.BooleanField(
                label=_("I have read the text above and accept responsibility for this plan."),
                widget=UnfoldBooleanWidget(),
            )
            self.fields["acknowledged_by"] = forms.CharField(
                label=_("Your full name"),
                max_length=80,
                widget=UnfoldAdminTextInputWidget(),
                help_text=_("Kept with the plan for good."),
            )


class PeriodForm(forms.Form):
    """Whole days in the merchant's time zone, both included."""

    date_from = forms.DateField(label=_("First day"), widget=DayInput())
    date_to = forms.DateField(label=_("Last day"), widget=DayInput())


class MoveForm(PeriodForm):
    """Under whom somebody would stand, and under which plan that is computed."""

    upline = forms.CharField(
        label=_("New upline's code"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Empty: at the top, with nobody above."),
    )
    plan = forms.ModelChoiceField(
        label=_("Plan"),
        queryset=Plan.objects.none(),
        required=False,
        empty_label=_("as it was for each order"),
        widget=UnfoldAdminSelectWidget(),
    )
    field_order = ["upline", "plan", "date_from", "date_to"]

    def __init__(self, *args, merchant=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        self.fields["plan"].queryset = Plan.objects.filter(merchant=merchant).order_by("-version")

    def clean_upline(self):
        code = self.cleaned_data["upline"].strip()
        if not code:
            return None
        found = Distributor.objects.filter(merchant=self.merchant, code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no distributor of this code."))
        return found
