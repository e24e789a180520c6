"""What the console asks before a step is taken."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.commissions.models import Plan
from apps.core.admin_base import DayInput, MomentInput
from apps.distributors.models import Distributor, Level
from apps.payouts.models import PayoutAccount


def moment_field(label, help_text="", required=False) -> forms.DateTimeField:
    """A moment in the merchant's time zone, to the minute."""
    return forms.DateTimeField(
        label=label, help_text=help_text, required=required, widget=MomentInput()
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in: the button is the answer."""


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


class LevelForm(ReasonForm):
    level = forms.ModelChoiceField(
        label=_("New level"),
        queryset=Level.objects.none(),
        required=False,
        empty_label=_("No level"),
        widget=UnfoldAdminSelectWidget(),
    )
    field_order = ["level", "reason"]

    def __init__(self, *args, levels=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = levels


def choice_field(label, choices, help_text="") -> forms.ChoiceField:
    """One of a few ways to go on; the first may be an empty one."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )


class PendingChoice(forms.Form):
    """Whether what was earned before waits for the end of a suspension."""

    pending_waits = choice_field(
        _("Pending earnings"),
        [("", _("go on being released")), ("wait", _("wait for the end of the suspension"))],
        _("Nothing is lost either way. What is available may be withdrawn."),
    )

    def clean_pending_waits(self):
        return self.cleaned_data["pending_waits"] == "wait"


class SuspendForm(PendingChoice, ReasonForm):
    effective_at = moment_field(_("From"), _("Empty: now. Not in the future."))
    ends_at = moment_field(_("Until"), _("Empty: until somebody reinstates this person."))
    field_order = ["effective_at", "ends_at", "pending_waits", "reason"]


class ChangeSuspensionForm(PendingChoice, ReasonForm):
    ends_at = moment_field(_("Until"), _("Empty: until somebody reinstates this person."))
    field_order = ["ends_at", "pending_waits", "reason"]


class TeamChoice(forms.Form):
    """Where the team of somebody who leaves stands afterwards."""

    team_moves_up = choice_field(
        _("Direct distributors"),
        [("", _("stay where they are")), ("up", _("move up to the next upline, or to the top"))],
        _("Orders paid so far keep the upline they had."),
    )

    def clean_team_moves_up(self):
        return self.cleaned_data["team_moves_up"] == "up"


class TerminateForm(TeamChoice, ReasonForm):
    field_order = ["team_moves_up", "reason"]


class BanForm(TeamChoice, ReasonForm):
    id_number = forms.CharField(
        label=_("ID number"),
        max_length=30,
        required=False,
        help_text=_("If you know it. Only a keyed hash is kept."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    field_order = ["id_number", "team_moves_up", "reason"]


class StandingPolicyForm(PendingChoice, TeamChoice):
    """What is proposed when somebody is suspended or terminated."""

    field_order = ["pending_waits", "team_moves_up"]


class FinalSettlementForm(ReasonForm):
    """Everything available at once; the key makes a second press of the button the same request."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class FinalSettlementAccountForm(FinalSettlementForm):
    """For somebody who has named no account and cannot any more."""

    method = choice_field(_("Method"), PayoutAccount.Method.choices)
    holder_name = forms.CharField(
        label=_("Account holder"), max_length=80, widget=UnfoldAdminTextInputWidget()
    )
    bank_name = forms.CharField(
        label=_("Bank"),
        max_length=80,
        required=False,
        help_text=_("For a bank card."),
        widget=UnfoldAdminTextInputWidget(),
    )
    number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    field_order = ["method", "holder_name", "bank_name", "number", "reason"]


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
