"""Steps of goods: stock, prices, options, pictures, and orders that cannot be sent."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.distributors.models import Level
from apps.orders.models import ShippingProblem
from apps.products.models import Product, Sku, StockMovement
from apps.products.services.options import Option

REASONS = (StockMovement.Reason.PURCHASE, StockMovement.Reason.COUNT)


def amount_field(label, *, required=True, help_text="") -> forms.DecimalField:
    """An amount in major units."""
    return forms.DecimalField(
        label=label,
        max_digits=15,
        decimal_places=2,
        min_value=0,
        required=required,
        help_text=help_text,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}),
    )


def text_field(label, max_length, *, required=False, help_text="") -> forms.CharField:
    """One line of text."""
    return forms.CharField(
        label=label,
        max_length=max_length,
        required=required,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(),
    )


class OnceForm(forms.Form):
    """A form that does its work once, however often it is sent."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput())


class CorrectStockForm(OnceForm):
    warehouse = forms.ModelChoiceField(
        queryset=None, label=_("Warehouse"), widget=UnfoldAdminSelectWidget()
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(each.value, each.label) for each in REASONS],
        widget=UnfoldAdminSelectWidget(),
    )
    quantity = forms.IntegerField(
        label=_("More or fewer"),
        min_value=-999_999,
        max_value=999_999,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("10 for ten more, -3 for three fewer."),
    )
    document = text_field(
        _("Document"), 80, help_text=_("Such as the number of the delivery note.")
    )
    note = text_field(_("Note"), 200)

    def __init__(self, *args, warehouses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].queryset = warehouses


class TransferStockForm(OnceForm):
    source = forms.ModelChoiceField(
        queryset=None,
        label=_("From warehouse"),
        widget=UnfoldAdminSelectWidget(),
    )
    target = forms.ModelChoiceField(
        queryset=None, label=_("To warehouse"), widget=UnfoldAdminSelectWidget()
    )
    quantity = forms.IntegerField(
        label=_("Pieces"),
        min_value=1,
        max_value=999_999,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    note = text_field(_("Note"), 200)

    def __init__(self, *args, warehouses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = self.fields["target"].queryset = warehouses


class SkuTermsForm(forms.Form):
    """What a SKU has besides code, price, cost and stock."""

    market_price = amount_field(
        _("Struck-through price"),
        required=False,
        help_text=_("Shown crossed out beside the price; not below it."),
    )
    floor_price = amount_field(
        _("Lowest price allowed"),
        required=False,
        help_text=_("No price, level's price or campaign price may go below it."),
    )
    low_stock = forms.IntegerField(
        label=_("Tell me when stock falls to"),
        min_value=0,
        max_value=999_999,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Shown on the home page. Empty: never."),
    )
    supplier = forms.ModelChoiceField(
        queryset=None,
        label=_("Supplier"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, *args, sku: Sku, suppliers, **kwargs):
        names = ("market_price", "floor_price", "low_stock", "supplier")
        initial = {name: getattr(sku, name) for name in names}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["supplier"].queryset = suppliers


class LevelPricesForm(forms.Form):
    """One field per level; empty: the level pays what everybody pays."""

    def __init__(self, *args, levels: list[Level], prices: dict[int, Decimal], **kwargs):
        super().__init__(*args, **kwargs)
        self.levels = levels
        for level in levels:
            field = amount_field(level.name, required=False)
            field.initial = prices.get(level.pk)
            self.fields[f"level_{level.pk}"] = field

    def prices(self) -> dict[Level, Decimal | None]:
        """Level → its price, or None."""
        return {level: self.cleaned_data[f"level_{level.pk}"] for level in self.levels}


class OptionsForm(forms.Form):
    options = forms.CharField(
        label=_("Options"),
        max_length=2000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("One option a line, its values after a colon: 颜色: 红, 白"),
    )
    price = amount_field(
        _("Price of new SKUs"),
        required=False,
        help_text=_("With a price, every combination that has no SKU yet gets one."),
    )
    cost = amount_field(_("Cost of new SKUs"), required=False)

    def __init__(self, *args, product: Product, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["options"].initial = "\n".join(
            f"{each['name']}: {', '.join(each['values'])}" for each in product.options
        )

    def clean_options(self) -> list[Option]:
        found = []
        for line in self.cleaned_data["options"].splitlines():
            if not line.strip():
                continue
            name, sign, values = line.replace("：", ":").partition(":")
            if not sign:
                raise forms.ValidationError(
                    _("“%(line)s”: write the values after a colon."), params={"line": line.strip()}
                )
            parts = values.replace("，", ",").replace("、", ",").split(",")
            wanted = tuple(part.strip() for part in parts if part.strip())
            found.append(Option(name.strip(), wanted))
        return found


class PictureForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, at most 10 MB."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    alt = text_field(_("What it shows"), 120, help_text=_("Read out to those who cannot see it."))


class AltForm(forms.Form):
    alt = text_field(_("What it shows"), 120, help_text=_("Read out to those who cannot see it."))


class VideoForm(forms.Form):
    video = forms.FileField(
        label=_("Video"),
        required=False,
        help_text=_("MP4, at most 50 MB. Without a file the video is taken away."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "video/mp4"}),
    )


class ProblemForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=ShippingProblem.Reason.choices,
        widget=UnfoldAdminSelectWidget(),
    )
    order_line = forms.ModelChoiceField(
        queryset=None,
        label=_("Which goods"),
        required=False,
        empty_label=_("the whole order"),
        widget=UnfoldAdminSelectWidget(),
    )
    note = text_field(
        _("What the customer should know"),
        200,
        help_text=_("The distributor and the customer read this."),
    )

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["order_line"].queryset = lines
        self.fields["order_line"].label_from_instance = lambda line: f"{line.line_no}. {line.title}"


class ResolveForm(forms.Form):
    resolution = text_field(_("How it was solved"), 200, required=True)
