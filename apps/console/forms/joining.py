"""Applications, and who may join."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.distributors.models import Distributor
from apps.joining.models import QUESTIONS, JoiningPolicy
from apps.products.models import Product


class ScoresForm(forms.Form):
    """Scores for what was answered, on the form that the reviewer read."""

    submission = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, answered=(), **kwargs):
        super().__init__(*args, **kwargs)
        for name in answered:
            self.fields[f"score_{name}"] = forms.TypedChoiceField(
                label=_("Score: %(question)s") % {"question": QUESTIONS[name]},
                choices=[("", "—"), *((str(score), str(score)) for score in range(1, 6))],
                coerce=int,
                empty_value=None,
                required=False,
                widget=UnfoldAdminSelectWidget(),
            )


class VerdictForm(ScoresForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The applicant reads this."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class ApproveApplicationForm(ScoresForm):
    upline = forms.CharField(
        label=_("Upline's code"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Empty: at the top, with nobody above."),
    )
    reason = forms.CharField(
        label=_("Words of welcome"),
        max_length=500,
        required=False,
        help_text=_("The applicant reads this."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, *args, merchant=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.merchant = merchant

    def clean_upline(self):
        code = self.cleaned_data["upline"].strip()
        if not code:
            return None
        found = Distributor.objects.filter(merchant=self.merchant, code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no distributor of this code."))
        return found


class PolicyForm(forms.ModelForm):
    """Who may join, and what they are asked. There is no field for money to be paid."""

    product_codes = forms.CharField(
        label=_("Chosen goods"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Product codes, one a line. Buying any one of them is enough."),
    )

    class Meta:
        model = JoiningPolicy
        fields = [
            "way",
            "reviews_all",
            "welcome",
            "purchase",
            "purchase_amount",
            "ask_ability",
            "ask_experience",
            "ask_network",
            "ask_reputation",
            "ask_commitment",
            "ask_attachments",
            "ask_birth_date",
            "ask_real_name",
            "ask_id_number",
        ]
        widgets = {
            "way": UnfoldAdminSelectWidget(),
            "reviews_all": UnfoldBooleanWidget(),
            "welcome": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "purchase": UnfoldAdminSelectWidget(),
            "purchase_amount": UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}),
            **{name: UnfoldAdminSelectWidget() for name in fields if name.startswith("ask_")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            codes = self.instance.purchase_products.order_by("code").values_list("code", flat=True)
            self.initial["product_codes"] = "\n".join(codes)

    def clean_product_codes(self) -> list[Product]:
        lines = self.cleaned_data["product_codes"].splitlines()
        codes = dict.fromkeys(filter(None, map(str.strip, lines)))
        found = {
            each.code: each
            for each in Product.objects.filter(
                merchant_id=self.instance.merchant_id, code__in=codes
            )
        }
        if missing := [code for code in codes if code not in found]:
            raise forms.ValidationError(
                _("There is no product with the code %(codes)s."),
                params={"codes": ", ".join(missing[:5])},
            )
        return list(found.values())

    def rows(self, *names: str) -> list:
        return [self[name] for name in names]

    @property
    def who(self) -> list:
        """The fields about who may join."""
        return self.rows("way", "reviews_all", "welcome")

    @property
    def purchases(self) -> list:
        """The fields about joining after a purchase."""
        return self.rows("purchase", "product_codes", "purchase_amount")

    @property
    def questions(self) -> list:
        """The fields about what is asked."""
        return [self[name] for name in self.fields if name.startswith("ask_")]
