"""What a customer fills in. Prices never come from here."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.attachment_pages import SeveralFilesField
from apps.core.phones import normalise_phone
from apps.core.regions import places_below, region_of
from apps.orders.models import Refund
from apps.orders.services.shop import MAX_QUANTITY

SEND, PICKUP = "send", "pickup"
ELSEWHERE = "elsewhere"
REGION_FIELDS = ("province", "city", "district")

STARS = [
    (5, _("★★★★★ excellent")),
    (4, _("★★★★ good")),
    (3, _("★★★ fair")),
    (2, _("★★ poor")),
    (1, _("★ bad")),
]


def quantity_field(**kwargs: Any) -> forms.IntegerField:
    """How many; whole numbers that one may order."""
    return forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_QUANTITY,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        **kwargs,
    )


class QuantityForm(forms.Form):
    """How many of a cart's line."""

    quantity = quantity_field()


class ChoiceForm(forms.Form):
    """Which SKU, and how many; `skus` are the ones for sale."""

    sku = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)
    quantity = quantity_field(initial=1)

    def __init__(self, *args, skus, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sku"].queryset = skus


def _text(label: str, length: int, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=attrs))


class CheckoutForm(forms.Form):
    """Who receives the goods and where, or at which store they are picked up.

    The key makes a second press the same order; `shown` is the total that the page showed, and
    `basket` what was in it. Both only stop an order that would be another one.
    """

    use_required_attribute = False

    delivery = forms.ChoiceField(
        label=_("How you get it"),
        choices=[(SEND, _("Have it sent")), (PICKUP, _("Pick it up"))],
        widget=forms.RadioSelect,
        initial=SEND,
        required=False,
    )
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=None, required=False, empty_label=_("Please choose")
    )
    recipient_name = _text(_("Recipient"), 80, autocomplete="name")
    recipient_phone = _text(_("Phone"), 32, autocomplete="tel", inputmode="tel")
    province = forms.ChoiceField(
        label=_("Province"),
        required=False,
        widget=forms.Select(attrs={"data-refresh": "", "autocomplete": "address-level1"}),
    )
    city = forms.ChoiceField(
        label=_("City"), required=False, widget=forms.Select(attrs={"data-refresh": ""})
    )
    district = forms.ChoiceField(
        label=_("District"), required=False, widget=forms.Select(attrs={"data-refresh": ""})
    )
    address = forms.CharField(
        label=_("Street and number"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    remember = forms.BooleanField(
        label=_("Remember this address for my next order"), required=False, initial=True
    )
    note = forms.CharField(
        label=_("Note to the merchant"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    code = forms.CharField(
        label=_("Coupon or invite code"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    shown = forms.DecimalField(required=False, widget=forms.HiddenInput)
    basket = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, stores, **kwargs):
        super().__init__(*args, **kwargs)
        if stores:
            self.fields["store"].queryset = stores
        else:
            del self.fields["store"], self.fields["delivery"]
        above = ""
        for name in REGION_FIELDS:
            places = places_below(above) if above or name == "province" else ()
            if not places:
                # A level that there is not, or not yet.
                del self.fields[name]
                above = ""
                continue
            elsewhere = [(ELSEWHERE, _("Elsewhere"))] if name == "province" else []
            choices = [("", _("Please choose")), *places, *elsewhere]
            self.fields[name].choices = choices
            chosen = str(self[name].value() or "")
            above = chosen if chosen in {place.code for place in places} else ""

    @property
    def region_fields(self) -> list[forms.BoundField]:
        """Province, city and district, as far as there is something to choose."""
        return [self[name] for name in REGION_FIELDS if name in self.fields]

    @property
    def is_pickup(self) -> bool:
        """Whether it is to be picked up at a store."""
        return "delivery" in self.fields and self["delivery"].value() == PICKUP

    @property
    def region(self) -> str | None:
        """The region chosen so far, if it is a whole one; "" elsewhere."""
        codes = [str(self[name].value() or "") for name in REGION_FIELDS if name in self.fields]
        if codes and codes[0] == ELSEWHERE:
            return ""
        return region_of(*codes)

    def clean_recipient_phone(self) -> str:
        phone = normalise_phone(self.cleaned_data["recipient_phone"])
        if phone is None:
            raise ValidationError(_("This is not a phone number: please check it."))
        return phone

    def clean_request_key(self) -> str:
        return self.cleaned_data["request_key"].hex

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_pickup:
            if not cleaned.get("store") and "store" not in self.errors:
                self.add_error("store", _("Please choose a store."))
            return cleaned
        cleaned["store"] = None
        if self.region is None:
            names = [name for name in REGION_FIELDS if name in self.fields]
            empty = [name for name in names if not cleaned.get(name)]
            if not any(name in self.errors for name in names):
                self.add_error((empty or names)[0], _("Please choose."))
        if not cleaned.get("address", "").strip() and "address" not in self.errors:
            self.add_error("address", _("Please fill in where to send it."))
        return cleaned


class ClaimForm(forms.Form):
    """The phone that an order was placed with."""

    phone = _text(_("Phone"), 32, autocomplete="tel", inputmode="tel")


class ReturnForm(forms.Form):
    """What is wrong with the goods, and how many go back."""

    way = forms.ChoiceField(
        label=_("What you ask for"), choices=Refund.Way.choices, widget=forms.RadioSelect
    )
    quantity = forms.IntegerField(
        label=_("How many pieces"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
    files = SeveralFilesField(
        label=_("Pictures"), help_text=_("Up to 5 pictures or PDFs of at most 10 MB each.")
    )


class ReviewForm(forms.Form):
    """Stars, words and pictures."""

    stars = forms.TypedChoiceField(
        label=_("Stars"),
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What do you think of it?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    files = SeveralFilesField(
        label=_("Pictures"), help_text=_("Up to 3 pictures of at most 10 MB each.")
    )
