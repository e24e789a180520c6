"""What a customer fills in. Prices never come from here."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.phones import normalise_phone
from apps.orders.services.shop import MAX_QUANTITY


class ChoiceForm(forms.Form):
    """Which SKU, and how many; `skus` are the ones for sale."""

    sku = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_QUANTITY,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args, skus, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sku"].queryset = skus


class RecipientForm(forms.Form):
    """Who receives the goods and where. The key makes a second press the same order."""

    recipient_name = forms.CharField(
        label=_("Recipient"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    recipient_phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    region = forms.CharField(
        label=_("Province / city / district"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    address = forms.CharField(
        label=_("Street and number"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    note = forms.CharField(
        label=_("Note to the merchant"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    code = forms.CharField(
        label=_("Invite code"),
        max_length=64,
        required=False,
        help_text=_("If somebody gave you one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_recipient_phone(self) -> str:
        phone = normalise_phone(self.cleaned_data["recipient_phone"])
        if phone is None:
            raise ValidationError(_("This is not a phone number: please check it."))
        return phone

    def clean_request_key(self) -> str:
        return self.cleaned_data["request_key"].hex
