"""What the console asks about violations."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.core.admin_base import ConsoleForm, MomentInput
from apps.core.attachment_pages import SeveralFilesField
from apps.price_control.models import Action, Ladder, Violation
from apps.price_control.models.ladders import MAX_DAYS, MAX_STEPS, Step

RUNGS = (Action.WARN, Action.SUSPEND, Action.TERMINATE)


class NewViolationForm(ConsoleForm):
    """A violation with its evidence; the key makes a second press of the button the same one."""

    happened_at = forms.DateTimeField(label=_("When it happened"), widget=MomentInput())
    description = forms.CharField(
        label=_("What happened"),
        max_length=2000,
        help_text=Violation._meta.get_field("description").help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    links = forms.CharField(
        label=_("Links"),
        max_length=2000,
        required=False,
        help_text=Violation._meta.get_field("links").help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    files = SeveralFilesField(
        label=_("Evidence"),
        help_text=_("Up to 5 pictures or PDFs of at most 10 MB each. A link will do as well."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta:
        model = Violation
        # The distributor, whose choice needs a merchant, is added where the form is shown.
        fields = ["kind", "description", "links"]


class DecideForm(forms.Form):
    """What follows; `seen` is the step that the page proposed."""

    action = forms.ChoiceField(
        label=_("Measure"), choices=Action.choices, widget=UnfoldAdminSelectWidget()
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("For a suspension."),
    )
    pending_waits = forms.ChoiceField(
        label=_("Pending earnings"),
        choices=[
            ("", _("go on being released")),
            ("wait", _("wait for the end of the suspension")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("For a suspension. Nothing is lost either way."),
    )
    team_moves_up = forms.ChoiceField(
        label=_("Direct distributors"),
        choices=[
            ("", _("stay where they are")),
            ("up", _("move up to the next upline, or to the top")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("For a termination."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("The distributor reads this."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_pending_waits(self) -> bool:
        return self.cleaned_data["pending_waits"] == "wait"

    def clean_team_moves_up(self) -> bool:
        return self.cleaned_data["team_moves_up"] == "up"


class AnswerForm(forms.Form):
    is_upheld = forms.ChoiceField(
        label=_("Answer"),
        choices=[
            ("no", _("rejected: the decision stays")),
            ("yes", _("upheld: the violation is void")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("The distributor reads this."),
    )

    def clean_is_upheld(self) -> bool:
        return self.cleaned_data["is_upheld"] == "yes"


class LadderForm(forms.Form):
    """Up to MAX_STEPS steps, each an action and its days; empty ones are left out."""

    window_days = forms.IntegerField(
        label=_("Days counted"),
        min_value=1,
        max_value=MAX_DAYS,
        help_text=Ladder._meta.get_field("window_days").help_text,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    per_kind = forms.BooleanField(
        label=_("Each kind for itself"),
        required=False,
        help_text=Ladder._meta.get_field("per_kind").help_text,
        widget=UnfoldBooleanWidget(),
    )
    appeal_days = forms.IntegerField(
        label=_("Days to appeal"),
        min_value=1,
        max_value=MAX_DAYS,
        help_text=Ladder._meta.get_field("appeal_days").help_text,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, data: Any = None, *, ladder: Ladder):
        super().__init__(
            data,
            initial={
                "window_days": ladder.window_days,
                "per_kind": ladder.per_kind,
                "appeal_days": ladder.appeal_days,
            },
        )
        rungs = [*ladder.rungs, *[None] * MAX_STEPS][:MAX_STEPS]
        for number, rung in enumerate(rungs, start=1):
            self.fields[f"action_{number}"] = forms.ChoiceField(
                label=_("Step %(number)s") % {"number": number},
                choices=[("", "—"), *((each.value, each.label) for each in RUNGS)],
                required=False,
                initial=rung.action if rung else "",
                widget=UnfoldAdminSelectWidget(),
            )
            self.fields[f"days_{number}"] = forms.IntegerField(
                label=_("Days of step %(number)s") % {"number": number},
                min_value=1,
                max_value=MAX_DAYS,
                required=False,
                initial=rung.days if rung else None,
                widget=UnfoldAdminIntegerFieldWidget(),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["steps"] = [
            Step(action, cleaned.get(f"days_{number}") if action == Action.SUSPEND else None)
            for number in range(1, MAX_STEPS + 1)
            if (action := cleaned.get(f"action_{number}"))
        ]
        return cleaned
