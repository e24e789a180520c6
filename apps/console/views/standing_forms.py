"""What is asked before somebody is suspended, terminated, banned or settled."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.console.forms.fields import moment_field
from apps.console.forms.steps import ReasonForm
from apps.payouts.models import PayoutAccount


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
