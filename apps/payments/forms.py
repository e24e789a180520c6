"""What a customer fills in about a transfer."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.attachment_pages import SeveralFilesField


class ProofForm(forms.Form):
    """The picture or paper that shows a transfer. The key makes a second press the same proof."""

    files = SeveralFilesField(
        label=_("Picture or PDF of the transfer"),
        required=True,
        help_text=_("At most 5 files of 10 MB each: JPEG, PNG, WebP or PDF."),
    )
    payer_name = forms.CharField(
        label=_("Name on the account that paid"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    note = forms.CharField(label=_("Note to the merchant"), max_length=200, required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_request_key(self) -> str:
        return self.cleaned_data["request_key"].hex
