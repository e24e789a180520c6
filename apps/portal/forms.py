"""What a distributor types in."""

import uuid
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from apps.core.attachment_pages import SeveralFilesField
from apps.core.attachments import MAX_BYTES, Upload
from apps.merchants.models import Agreement
from apps.payouts.models import PayoutAccount

# Midnight of the first or last day of the calendar does not exist in every time zone.
YEARS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class DateInput(forms.DateInput):
    """The phone's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A period of days, both included; either end may stay open."""

    first = forms.DateField(label=_("From"), required=False, widget=DateInput, validators=YEARS)
    last = forms.DateField(label=_("To"), required=False, widget=DateInput, validators=YEARS)

    def clean(self) -> dict:
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            raise ValidationError(_("The first day lies after the last."))
        return cleaned


class WithdrawForm(forms.Form):
    """How much to take out. The key makes a second press of the button the same request."""

    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=13,
        decimal_places=2,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ShopFrontForm(forms.Form):
    """How my shop greets its customers."""

    title = forms.CharField(
        label=_("Name of my shop"),
        max_length=40,
        required=False,
        help_text=_("Empty: the merchant's name."),
    )
    words = forms.CharField(
        label=_("A few words to my customers"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    avatar = forms.FileField(
        label=_("My picture"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 10 MB; its middle is shown."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_avatar = forms.BooleanField(label=_("Take my picture away"), required=False)

    def clean_avatar(self) -> Upload | None:
        given = self.cleaned_data["avatar"]
        return Upload(given.name, given.read(MAX_BYTES + 1)) if given else None


class PayoutAccountForm(forms.ModelForm):
    """Where the money goes. Only its shape is looked at here; saving is the service's."""

    number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        help_text=_("Bank: the card number. Alipay: the phone number or e-mail you sign in with."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )

    class Meta:
        model = PayoutAccount
        fields = ["method", "holder_name", "bank_name", "number"]
        widgets = {"method": forms.RadioSelect}
        help_texts = {
            "holder_name": _("Exactly as registered with the bank or Alipay."),
            "bank_name": _("For a bank card: the bank, with its branch if you know it."),
        }

    def clean_number(self) -> str:
        return "".join(self.cleaned_data["number"].split())


class ViolationAppealForm(forms.Form):
    """Why a decision is wrong. The key makes a second press of the button the same appeal."""

    statement = forms.CharField(
        label=_("What do you say to it?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("You can appeal once: say everything."),
    )
    files = SeveralFilesField(
        label=_("Files"), help_text=_("Up to 5 pictures or PDFs of at most 10 MB each.")
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AgreementForm(forms.Form):
    """Agreeing to the version that was shown; a newer one must be read first."""

    agreed = forms.BooleanField(label=_("I have read the agreement and agree to it"))
    agreement = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, agreement: Agreement, **kwargs):
        super().__init__(*args, initial={"agreement": agreement.pk}, **kwargs)
        self.terms = agreement


class AppealForm(forms.Form):
    """Which order, whose, and why it should count for me."""

    order_no = forms.CharField(
        label=_("Order number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    customer = forms.CharField(
        label=_("Customer's phone"),
        max_length=80,
        required=False,
        help_text=_("Needed for an order that you cannot see here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    reason = forms.CharField(
        label=_("Why it should count for you"),
        max_length=500,
        help_text=_("How you brought this customer: when, where, what was agreed."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
