"""What somebody who wants to join fills in: what the merchant asks, and nothing else."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.attachments import MAX_FILES, Upload
from apps.core.phones import normalise_phone
from apps.joining.models import JoiningPolicy, Submission
from apps.joining.selectors import questions_of
from apps.joining.services import Filled
from apps.joining.services.filling import LONGEST_ANSWER
from apps.merchants.models import Agreement

Ask = JoiningPolicy.Ask
HINTS = {
    "ability": _("What are you good at that helps with selling?"),
    "experience": _("What have you sold before, where, and for how long?"),
    "network": _("Whom do you reach: groups, followers, customers, neighbours?"),
    "reputation": _("Who can speak for you? Ratings, awards, former employers."),
    "commitment": _("How many hours a week, and what do you want to achieve?"),
}


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list:
        chosen = data if isinstance(data, list | tuple) else [data] if data else []
        if not chosen and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(each, initial) for each in chosen]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class AnswersForm(forms.Form):
    """Everything but who somebody is: also what is filled in again when changes are asked for."""

    name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def __init__(
        self,
        *args,
        policy: JoiningPolicy,
        agreement: Agreement | None,
        earlier: Submission | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.policy, self.terms, self.earlier = policy, agreement, earlier
        self._add_questions()
        self._add_identity()
        self._add_files()
        self._add_consent()

    def _add_questions(self) -> None:
        for name, label in questions_of(self.policy).items():
            self.fields[name] = forms.CharField(
                label=label,
                required=self.policy.asked(name) == Ask.REQUIRED,
                max_length=LONGEST_ANSWER,
                help_text=HINTS[name],
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def _add_identity(self) -> None:
        asked = self.policy.asked
        if asked("birth_date") != Ask.NO:
            self.fields["birth_date"] = forms.DateField(
                label=_("Birth date"),
                required=self._must("birth_date"),
                widget=DayInput(attrs={"max": timezone.localdate().isoformat()}),
            )
        if asked("real_name") != Ask.NO:
            self.fields["real_name"] = forms.CharField(
                label=_("Real name"),
                max_length=80,
                required=self._must("real_name"),
                help_text=self._kept("real_name") or _("As on your ID. Stored encrypted."),
            )
        if asked("id_number") != Ask.NO:
            self.fields["id_number"] = forms.CharField(
                label=_("ID number"),
                max_length=24,
                required=self._must("id_number"),
                help_text=self._kept("id_number")
                or _("Your resident ID. Stored encrypted; staff see its last four characters."),
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def _add_files(self) -> None:
        asked = self.policy.asked("attachments")
        if asked == Ask.NO:
            return
        self.fields["files"] = FilesField(
            label=_("Attachments"),
            required=asked == Ask.REQUIRED and self.earlier is None,
            help_text=_(
                "Pictures or PDF, at most %(count)s of at most 10 MB each. Only the merchant's "
                "staff can open them."
            )
            % {"count": MAX_FILES},
            widget=FilesInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        )

    def _add_consent(self) -> None:
        self.fields["is_adult"] = forms.BooleanField(label=_("I am 18 or older"))
        if self.terms is not None:
            self.fields["agreed"] = forms.BooleanField(
                label=_("I have read the agreement and agree to it")
            )
            self.fields["agreement"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=self.terms.pk
            )
        self.fields["request_key"] = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def _must(self, name: str) -> bool:
        told = self.earlier is not None and bool(getattr(self.earlier, name))
        return self.policy.asked(name) == Ask.REQUIRED and not told

    def _kept(self, name: str) -> Any:
        if self.earlier is not None and getattr(self.earlier, name):
            return _("Leave this empty to keep what you gave before.")
        return ""

    @property
    def questions(self) -> list:
        """The fields people see in the body of the form, in order."""
        return [each for each in self.visible_fields() if each.name not in ("is_adult", "agreed")]

    def filled(self) -> Filled:
        """What the services want to know. Call after `is_valid`."""
        values = self.cleaned_data
        return Filled(
            name=values["name"],
            is_adult=values["is_adult"],
            answers={name: values[name] for name in questions_of(self.policy)},
            birth_date=values.get("birth_date"),
            real_name=values.get("real_name", ""),
            id_number=values.get("id_number", ""),
            agreement=values.get("agreement"),
            files=[Upload(each.name, each.read()) for each in values.get("files", [])],
        )


class JoinForm(AnswersForm):
    """The first form: also who somebody is, who invited them, and what they bought."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    invite_code = forms.CharField(
        label=_("Invite code"),
        max_length=32,
        required=False,
        help_text=_("If somebody invited you."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    order_no = forms.CharField(
        label=_("Order number"),
        max_length=64,
        required=False,
        help_text=_("One of your paid orders here; it stands on the order's page."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, policy: JoiningPolicy, is_invited: bool, phone: str = "", **kwargs):
        super().__init__(*args, policy=policy, **kwargs)
        if is_invited:
            del self.fields["invite_code"]
        elif policy.way == JoiningPolicy.Way.INVITATION:
            self.fields["invite_code"].required = True
            self.fields["invite_code"].help_text = _("From the person who invited you.")
        if policy.way == JoiningPolicy.Way.PURCHASE:
            self.fields["order_no"].required = True
        else:
            del self.fields["order_no"]
        if phone:
            self.fields["phone"].initial = phone
            self.fields["phone"].widget.attrs["readonly"] = True
            self.fields["phone"].help_text = _("The number you sign in with.")

    def clean_phone(self) -> str:
        phone = normalise_phone(self.cleaned_data["phone"])
        if phone is None:
            raise ValidationError(_("This is not a phone number: please check it."))
        return phone
