"""What the console asks before a step is taken."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.commissions.models import Plan
from apps.core.admin_base import DayInput, MomentInput
from apps.distributors.models import BindingPolicy, Distributor, Level
from apps.joining.models import QUESTIONS, JoiningPolicy
from apps.products.models import Product


def moment_field(label, help_text="", required=False) -> forms.DateTimeField:
    """A moment in the merchant's time zone, to the minute."""
    return forms.DateTimeField(
        label=label, help_text=help_text, required=required, widget=MomentInput()
    )


def _days_field(label, help_text, required=True, minimum=1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=minimum,
        widget=UnfoldAdminIntegerFieldWidget(),
    )


def _yes_field(label, help_text="") -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=help_text, required=False, widget=UnfoldBooleanWidget()
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in: the button is the answer."""


class VouchForm(forms.Form):
    """Somebody answers for a number that an account's owner only claims."""

    vouched = forms.BooleanField(
        label=_("I have called this number: the account is theirs"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Only asked of accounts that were opened on a public page."),
    )


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
    pinned_until = forms.DateField(
        label=_("Pinned until"),
        required=False,
        widget=DayInput(),
        help_text=_(
            "Up to and with this day the nightly review leaves the level alone. Empty: the next "
            "review may change it again."
        ),
    )
    field_order = ["level", "pinned_until", "reason"]

    def __init__(self, *args, levels=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = levels


class ChangeUplineForm(ReasonForm):
    """Under whom somebody is to stand, chosen before; a reason, and from when on."""

    TOP = "top"

    effective_at = moment_field(
        _("Takes effect"),
        _("Empty: as soon as it may be. Orders paid from then on count the new upline."),
    )
    to = forms.CharField(widget=forms.HiddenInput())
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput())

    def clean_to(self):
        to = self.cleaned_data["to"]
        if to == self.TOP:
            return None
        found = Distributor.objects.filter(pk=to).first() if to.isdecimal() else None
        if found is None:
            raise forms.ValidationError(_("Choose the new upline again."))
        return found


class UndoMoveForm(ReasonForm):
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput())


class MovePolicyForm(forms.Form):
    approval_above = forms.IntegerField(
        label=_("Largest team moved without approval"),
        min_value=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("People, the one who is moved included. 0: every move needs approval."),
    )


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


class BindForm(ReasonForm):
    """To whom, and why. `distributors`: those it may be."""

    distributor = forms.CharField(
        label=_("Distributor code"), max_length=64, widget=UnfoldAdminTextInputWidget()
    )
    field_order = ["distributor", "reason"]

    def __init__(self, *args, distributors=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.distributors = distributors

    def clean_distributor(self):
        found = self.distributors.filter(code=self.cleaned_data["distributor"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no active distributor of this code."))
        return found


class AnswerForm(forms.Form):
    """The reason the distributor reads."""

    answer = forms.CharField(
        label=pgettext_lazy("appeal", "Answer"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The distributor reads this."),
    )


class UpholdForm(AnswerForm):
    bind_customer = forms.BooleanField(
        label=_("Bind the customer to this distributor as well"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Their next orders then count for this distributor."),
    )


class BindingPolicyForm(forms.Form):
    """How customers are bound from now on; begins with the policy in force."""

    rule = forms.ChoiceField(
        label=_("Rule"), choices=BindingPolicy.Rule, widget=UnfoldAdminSelectWidget()
    )
    bind_on = forms.ChoiceField(
        label=_("Bind"),
        choices=BindingPolicy.Moment,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Who is not bound by then is bound at the next of these moments."),
    )
    days = _days_field(
        _("Days a binding lasts"), _("Only for “first touch, for a number of days”."), False
    )
    protection_days = _days_field(
        _("Protection period in days"),
        _("Only for “last touch”: so long nobody may poach. With “first touch” nobody ever may."),
        minimum=0,
    )
    click_window_days = _days_field(
        _("Days a click counts"), _("An order later than that does not count for the click.")
    )
    appeal_days = _days_field(
        _("Days to appeal after payment"), _("So long may a distributor claim an order.")
    )
    binds_distributors = _yes_field(_("Distributors may be bound as customers of others"))
    binds_staff = _yes_field(_("Staff may be bound as customers"))
    covers_files = _yes_field(
        _("Bindings also count for file orders that name nobody"),
        _("An order in a file that names a distributor always counts for that one."),
    )

    def __init__(self, *args, instance=None, **kwargs):
        if instance is not None:
            names = self.base_fields
            kwargs["initial"] = {name: getattr(instance, name) for name in names}
        super().__init__(*args, **kwargs)
