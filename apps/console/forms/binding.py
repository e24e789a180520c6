"""Whose customers are whose, and appeals against it."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.console.forms.fields import days_field, yes_field
from apps.console.forms.steps import ReasonForm
from apps.distributors.models import BindingPolicy


class BindForm(ReasonForm):
    """To whom, and why. `distributors`: those it may be."""

    distributor = forms.CharField(
        label=_("Distributor code"), max_length=64, widget=UnfoldAdminTextInputWidget()
    )
    field_order = ["distributor", "reason"]

    def __init__(self, *args, distributors=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.distributors = distributors

    def clean_distributor(self):
        found = self.distributors.filter(code=self.cleaned_data["distributor"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no active distributor of this code."))
        return found


class AnswerForm(forms.Form):
    """The reason the distributor reads."""

    answer = forms.CharField(
        label=pgettext_lazy("appeal", "Answer"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The distributor reads this."),
    )


class UpholdForm(AnswerForm):
    bind_customer = forms.BooleanField(
        label=_("Bind the customer to this distributor as well"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Their next orders then count for this distributor."),
    )


class BindingPolicyForm(forms.Form):
    """How customers are bound from now on; begins with the policy in force."""

    rule = forms.ChoiceField(
        label=_("Rule"), choices=BindingPolicy.Rule, widget=UnfoldAdminSelectWidget()
    )
    bind_on = forms.ChoiceField(
        label=_("Bind"),
        choices=BindingPolicy.Moment,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Who is not bound by then is bound at the next of these moments."),
    )
    days = days_field(
        _("Days a binding lasts"), _("Only for “first touch, for a number of days”."), False
    )
    protection_days = days_field(
        _("Protection period in days"),
        _("Only for “last touch”: so long nobody may poach. With “first touch” nobody ever may."),
        minimum=0,
    )
    click_window_days = days_field(
        _("Days a click counts"), _("An order later than that does not count for the click.")
    )
    appeal_days = days_field(
        _("Days to appeal after payment"), _("So long may a distributor claim an order.")
    )
    binds_distributors = yes_field(_("Distributors may be bound as customers of others"))
    binds_staff = yes_field(_("Staff may be bound as customers"))
    covers_files = yes_field(
        _("Bindings also count for file orders that name nobody"),
        _("An order in a file that names a distributor always counts for that one."),
    )

    def __init__(self, *args, instance=None, **kwargs):
        if instance is not None:
            names = self.base_fields
            kwargs["initial"] = {name: getattr(instance, name) for name in names}
        super().__init__(*args, **kwargs)
